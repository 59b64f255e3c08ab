"""Work taken back, forgotten, left lying, or done at once."""

from __future__ import annotations

import pytest

from tests.signals.hands import Hand, ids


@pytest.mark.parametrize("command", ["git checkout -- src/a.py", "git restore src/a.py", "git reset --hard"])
def test_git_against_ones_own_edit_is_backtracking(command: str) -> None:
    hand = Hand()
    hand.edit("src/a.py")
    hand.run(command)
    assert len(hand.found("backtracking")) == 1


@pytest.mark.parametrize("command", ["git checkout main", "git checkout -b x", "git restore src/b.py"])
def test_git_for_anything_else_is_not(command: str) -> None:
    hand = Hand()
    hand.edit("src/a.py")
    hand.run(command)
    assert not hand.found("backtracking")


def test_lines_in_and_out_three_times_oscillate_and_once_is_churn() -> None:
    hand = Hand()
    hand.edit(added=1, removed=2)
    hand.edit(added=2, removed=1)
    assert len(hand.found("file_churn")) == 1
    assert not hand.found("diff_oscillation")
    hand.edit(added=1, removed=2)
    hand.edit(added=2, removed=1)
    assert len(hand.found("diff_oscillation")) == 1
    assert not hand.found("file_churn")


def test_a_file_that_is_made_and_removed_is_churn_whoever_removes_it() -> None:
    by_edit, by_shell, scratch, moved = Hand(), Hand(), Hand(), Hand()
    by_edit.edit("src/a.py", change="add")
    by_edit.edit("src/a.py", change="delete")
    by_shell.edit("/w/src/a.py", change="add")
    by_shell.run("rm -f src/a.py")
    scratch.edit("/tmp/a.py", change="add")
    scratch.edit("/tmp/a.py", change="delete")
    moved.edit("src/a.py", change="update", moved_to="src/b.py")
    assert [len(hand.found("file_churn")) for hand in (by_edit, by_shell, scratch, moved)] == [1, 1, 0, 0]


def test_a_file_removed_by_a_call_without_a_folder_lies_in_the_session_s() -> None:
    here, elsewhere = Hand(cwd="/w"), Hand(cwd="/w")
    for hand, cwd in ((here, None), (elsewhere, "/other")):
        hand.edit("/w/a.py", change="add")
        hand.run("rm a.py", cwd=cwd)
    assert [len(hand.found("file_churn")) for hand in (here, elsewhere)] == [1, 0]


@pytest.mark.parametrize(
    ("path", "found"),
    [("/tmp/w/cache.py", 1), ("/tmp/w/templates/base.html", 1), ("/tmp/w/debugger.py", 1), ("/tmp/w/tmp_a.py", 0),
     ("/tmp/w/debug/a.py", 0), ("/tmp/other/a.py", 0), ("/tmp/w/temp.py", 0), ("/tmp/w/scratchpad.md", 0)],
)  # fmt: skip
def test_what_is_made_to_be_thrown_away_is_known_by_its_name_below_the_project(path: str, found: int) -> None:
    hand = Hand(cwd="/tmp/w")
    hand.edit(path, change="add")
    hand.edit(path, change="delete")
    assert len(hand.found("file_churn")) == found


def test_lines_that_move_on_to_another_file_were_in_the_wrong_one() -> None:
    hand, elsewhere = Hand(), Hand()
    for each, added in ((hand, 1), (elsewhere, 3)):
        each.prompt("add it")
        each.edit("src/a.py", added=1, removed=2)
        each.edit("src/a.py", added=2, removed=1)
        each.edit("src/b.py", added=added, removed=4)
    assert len(hand.found("wrong_file")) == 1
    assert not elsewhere.found("wrong_file")


def test_deleting_first_and_making_anew_is_no_churn() -> None:
    hand = Hand()
    hand.edit("src/a.py", change="delete")
    hand.edit("src/a.py", change="add")
    assert not hand.found("file_churn")


def test_three_edits_around_a_failure_churn_and_without_one_they_are_work() -> None:
    churn, work = Hand(), Hand()
    for number in range(3):
        churn.edit(added=number + 10, removed=number)
        work.edit(added=number + 10, removed=number)
        if number == 1:
            churn.run("make", 2, "error")
    assert len(churn.found("edit_churn")) == 1
    assert not work.found("edit_churn")


def test_compactions_on_request_are_no_friction() -> None:
    hand = Hand()
    hand.prompt("go")
    hand.compact("manual")
    hand.compact("manual")
    assert not hand.found("compaction")
    assert not hand.found("repeated_compaction")


def test_two_compactions_within_one_request_are_one_signal_more() -> None:
    hand = Hand()
    hand.prompt("go")
    hand.compact()
    hand.prompt("more")
    hand.compact()
    assert len(hand.found("compaction")) == 2
    assert not hand.found("repeated_compaction")
    hand.compact()
    assert len(hand.found("repeated_compaction")) == 1


def test_three_files_read_again_after_a_compaction_were_forgotten_unless_they_changed() -> None:
    hand, changed = Hand(), Hand()
    for each in (hand, changed):
        for name in "abc":
            each.read(f"src/{name}.py")
    changed.edit("src/a.py")
    for each in (hand, changed):
        each.compact()
        for name in "abc":
            each.read(f"src/{name}.py")
    assert len(hand.found("context_thrash")) == 1
    assert not changed.found("context_thrash")


@pytest.mark.parametrize(("text", "found"), [("Fix the header", 1), ("How does the header work?", 0)])
def test_eleven_files_read_without_an_edit_are_too_many_when_one_was_asked_for(text: str, found: int) -> None:
    hand = Hand()
    hand.prompt(text)
    for number in range(11):
        hand.read(f"src/{number}.py")
    assert len(hand.found("context_churn")) == found


def plan(hand: Hand, *steps: tuple[str, str]) -> None:
    words = ",".join(f'["{status}","{name}"]' for status, name in steps)
    hand.event("plan", detail=f'{{"steps":[{words}]}}')


def test_five_changes_of_a_plan_are_churn_and_ticking_is_none() -> None:
    churn, ticking = Hand(), Hand()
    for number in range(6):
        plan(churn, ("pending", f"step {number}"), ("pending", "last"))
        plan(ticking, *(("completed" if at < number else "pending", f"step {at}") for at in range(6)))
    assert churn.found("plan_update_churn")[0].measured["changes"] == 5
    assert not ticking.found("plan_update_churn")


def test_a_plan_that_is_told_one_step_at_a_time_is_not_rewritten_by_that() -> None:
    hand = Hand()
    for steps in range(1, 8):
        plan(hand, *(("pending", f"step {at}") for at in range(steps)))
    for done in range(1, 8):
        plan(hand, *(("completed" if at < done else "pending", f"step {at}") for at in range(7)))
    assert not hand.found("plan_update_churn")
    assert hand.found("clean_plan")[0].measured == {"steps": 7, "versions": 1}


def test_steps_added_once_work_has_begun_are_changes_of_the_plan() -> None:
    hand = Hand()
    for steps in range(1, 7):
        plan(hand, ("completed", "begin"), *(("pending", f"step {at}") for at in range(steps)))
    assert hand.found("plan_update_churn")[0].measured["changes"] == 5


def test_a_step_that_is_dropped_and_another_in_its_place_are_one_change() -> None:
    hand = Hand()
    dropped: list[tuple[str, str]] = []
    for number in range(6):
        plan(hand, ("completed", "begin"), *dropped, ("pending", f"way {number}"))
        dropped.append(("deleted", f"way {number}"))
        plan(hand, ("completed", "begin"), *dropped)
    assert hand.found("plan_update_churn")[0].measured["changes"] == 6
    assert not hand.found("clean_plan")


def test_a_plan_is_clean_when_what_was_dropped_is_all_that_was_not_done() -> None:
    hand = Hand()
    plan(hand, ("pending", "a"), ("pending", "b"), ("pending", "c"))
    plan(hand, ("completed", "a"), ("completed", "b"), ("deleted", "c"))
    assert len(hand.found("clean_plan")) == 1


def test_a_plan_whose_steps_are_all_done_is_clean() -> None:
    hand = Hand()
    plan(hand, ("in_progress", "a"), ("pending", "b"))
    assert not hand.found("clean_plan")
    plan(hand, ("completed", "a"), ("completed", "b"))
    assert len(hand.found("clean_plan")) == 1


@pytest.mark.parametrize(("settled", "found"), [(True, 1), (False, 0)])
def test_work_is_left_failing_only_when_the_session_has_come_to_rest(settled: bool, found: int) -> None:
    hand = Hand(settled=settled)
    hand.prompt("fix it")
    hand.edit()
    hand.run("make", 2, "error")
    assert len(hand.found("abandoned_tool_flow")) == found


@pytest.mark.parametrize(("prompts", "found"), [(1, 1), (3, 1), (4, 0)])
def test_up_to_three_requests_that_end_well_are_quick(prompts: int, found: int) -> None:
    hand = Hand()
    for number in range(prompts):
        hand.prompt(f"task {number}")
        hand.edit()
        hand.run("ls")
        hand.say()
    assert len(hand.found("fast_completion")) == found


def test_a_quick_session_that_was_stopped_or_killed_is_not_done() -> None:
    stopped = Hand()
    stopped.prompt("go")
    stopped.run("ls")
    stopped.event("interrupted")
    stopped.say()
    assert not stopped.found("fast_completion")
    killed = Hand()
    killed.prompt("go")
    killed.say("I will look first.")
    killed.run("ls")
    assert not killed.found("fast_completion")


def test_another_model_or_more_effort_from_one_turn_to_the_next_is_seen() -> None:
    hand = Hand()
    hand.prompt("a", model="small", effort="low")
    hand.prompt("b", model="small", effort="low")
    hand.prompt("c", model="large", effort="high")
    assert len(hand.found("model_switch")) == len(hand.found("effort_raise")) == 1
    hand.prompt("d", model="large", effort="low")
    assert len(hand.found("effort_raise")) == 1


@pytest.mark.parametrize(
    ("scope", "signal"),
    [("error", "error_event"), ("stream_error", "stream_error"), ("limit", "limit_hit"), ("retry", "api_retry")],
)
def test_problems_are_signals_of_their_own_kind(scope: str, signal: str) -> None:
    hand = Hand()
    hand.event("problem", scope, message="it broke")
    assert len(hand.found(signal)) == 1
    others = {"error_event", "stream_error", "limit_hit", "api_retry"} - {signal}
    assert not any(hand.found(other) for other in others)


@pytest.mark.parametrize("scope", ["undo", "rollback", "revert"])
def test_history_taken_back_is_named_by_how(scope: str) -> None:
    hand = Hand()
    hand.event("reverted", scope)
    assert [each for each in ("undo", "rollback", "revert") if hand.found(each)] == [scope]


def test_a_warning_counts_when_something_was_truncated() -> None:
    hand = Hand()
    hand.event("problem", "warning", message="the model is slow")
    assert not hand.found("truncation_warning")
    hand.event("problem", "warning", message="output truncated")
    hand.event("problem", "warning", message="Loaded only 32768 of 90000 bytes from `AGENTS.md`")
    assert len(hand.found("truncation_warning")) == 2


def test_a_tool_nobody_knows_is_misused_and_has_not_failed() -> None:
    hand = Hand()
    hand.call("find_symbol", "x", None, "unsupported call: find_symbol", status="failed")
    assert ids(hand.found("tool_misuse")) == [["c0"]]
    assert not hand.found("exec_failure")


def test_an_edit_that_missed_is_worse_than_one_before_reading() -> None:
    hand = Hand(agent="claude")
    hand.call("Edit", None, None, "String to replace not found in file.", status="failed")
    hand.call("Edit", None, None, "File has not been read yet.", status="failed")
    missed, unread = hand.found("patch_failure")
    assert (missed.severity, unread.severity) == (None, 0.2)


def test_asked_once_verified_and_thanked_for_is_the_best_there_is() -> None:
    hand = Hand()
    hand.prompt("fix it")
    hand.run("ls")
    hand.edit()
    hand.run("cat src/a.py")
    hand.run("pytest -q")
    hand.say()
    assert not hand.found("one_shot_success")
    hand.prompt("Perfect, thanks!")
    assert len(hand.found("one_shot_success")) == 1


@pytest.mark.parametrize(("second", "found"), [("no, that is still wrong", 0), ("undo that", 0), ("now the footer", 1)])
def test_what_had_to_be_corrected_was_not_quickly_done(second: str, found: int) -> None:
    hand = Hand()
    for text in ("fix the header", second):
        hand.prompt(text)
        hand.edit()
        hand.run("pytest -q")
        hand.say()
    assert len(hand.found("fast_completion")) == found


def test_a_red_run_of_node_s_own_tests_is_a_check_that_turned_red() -> None:
    hand = Hand()
    hand.prompt("fix the sum")
    hand.run("node --test", 0)
    hand.edit("src/sum.js")
    hand.run("node --test", 1, "# fail 1")
    assert len(hand.found("test_red_after_edit")) == 1
    assert not hand.found("exec_failure")


def test_nothing_was_quick_that_went_in_circles() -> None:
    straight, round_, asked_twice = Hand(), Hand(), Hand()
    for hand, calls in ((straight, 1), (round_, 3)):
        hand.prompt("which of the two is right?")
        for _ in range(calls):
            hand.read("a.py")
            hand.read("b.py")
        hand.say()
    for _ in range(2):
        asked_twice.prompt("add the word hello to the end of the file")
        asked_twice.run("ls")
        asked_twice.say()
    assert [len(hand.found("fast_completion")) for hand in (straight, round_, asked_twice)] == [1, 0, 0]


def test_a_search_that_finds_nothing_ends_a_quick_session_as_well() -> None:
    hand = Hand()
    hand.prompt("does anything say minus?")
    hand.run("grep minus calc.py", 1)
    hand.say("Nothing does.")
    assert len(hand.found("fast_completion")) == 1
