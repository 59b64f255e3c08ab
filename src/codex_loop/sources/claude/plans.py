"""The plan a session works by: a whole list per `TodoWrite`, one task at a time since the Task tools."""

from __future__ import annotations

import msgspec

from codex_loop.sources.claude.entries import payload

Steps = tuple[tuple[str, str], ...]

_MAX_TASKS = 200
_TASK_TOOLS = frozenset({"TaskCreate", "TaskUpdate", "TaskList"})


class Todo(msgspec.Struct):
    content: str = ""
    status: str = ""


class Todos(msgspec.Struct):
    todos: list[Todo] = []


class Task(msgspec.Struct):
    id: str | None = None
    subject: str = ""
    status: str = ""


class StatusChange(msgspec.Struct):
    to: str | None = None


class TaskAnswer(msgspec.Struct, rename="camel"):
    """What the three task tools answer, whichever it was."""

    task: Task | None = None
    tasks: list[Task] | None = None
    task_id: str | None = None
    status_change: StatusChange | None = None


def is_plan_tool(name: str) -> bool:
    return name == "TodoWrite" or name in _TASK_TOOLS


def plan_asked_for(name: str, raw: msgspec.Raw) -> Steps | None:
    """The plan a `TodoWrite` call states; the task tools state theirs only in the result."""
    asked = payload(raw, Todos) if name == "TodoWrite" else None
    return tuple((todo.status, todo.content) for todo in asked.todos) if asked else None


def plan_recorded(name: str, raw: msgspec.Raw, tasks: dict[str, tuple[str, str]]) -> Steps | None:
    """The whole plan after a task tool's result; None when it changed nothing. Updates `tasks`."""
    answer = payload(raw, TaskAnswer) if name in _TASK_TOOLS else None
    if answer is None:
        return None
    before = dict(tasks)
    if name == "TaskList" and answer.tasks is not None:
        tasks.clear()
        tasks.update({task.id: (task.status, task.subject) for task in answer.tasks[:_MAX_TASKS] if task.id})
    elif name == "TaskCreate" and answer.task and answer.task.id and len(tasks) < _MAX_TASKS:
        tasks[answer.task.id] = (answer.task.status or "pending", answer.task.subject)
    elif name == "TaskUpdate" and answer.task_id in tasks and answer.status_change and answer.status_change.to:
        tasks[answer.task_id] = (answer.status_change.to, tasks[answer.task_id][1])
    return None if tasks == before else tuple(tasks.values())
