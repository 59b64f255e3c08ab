Feature: Windows of work by short commands
  os begins a window, oe ends it, ox ends one and begins the next, od undoes. The pane is pasted.

  Background:
    Given an empty logbook

  Scenario: A window begins and ends
    When the operator runs "tracker alias start codex --stdin" with "panes/wide_status_82_1.txt"
    Then it prints "stored codex before snapshot for W0-01 (state=awaiting-end)"
    When the operator runs "tracker alias end codex --stdin" with "panes/wide_status_82_1.txt"
    Then the snapshots of codex are "W0-01 before, W0-01 after"

  Scenario: A begun window is begun anew, not followed by another
    Given the operator ran "tracker alias start codex --stdin" with "panes/wide_status_82_1.txt"
    When the operator runs "tracker alias start codex --stdin" with "panes/wide_status_82_1.txt"
    Then the snapshots of codex are "W0-01 before, W0-01 before"

  Scenario: The number of a window goes on where it was
    Given the operator ran "tracker alias start codex --window W0-19 --stdin" with "panes/wide_status_82_1.txt"
    When the operator runs "tracker alias start codex --stdin" with "panes/wide_status_82_1.txt"
    Then it prints "stored codex before snapshot for W0-19 (state=awaiting-end)"

  Scenario: One pane ends a window and begins the next
    Given the operator ran "tracker alias start codex --stdin" with "panes/wide_status_82_1.txt"
    When the operator runs "tracker alias cross codex --stdin" with "panes/wide_status_82_1.txt"
    Then it prints "seeded before snapshot for W0-02"
    And the snapshots of codex are "W0-01 before, W0-01 after, W0-02 before"

  Scenario: Nothing ends that has not begun
    When the operator runs "tracker alias end codex --stdin" with "panes/wide_status_82_1.txt"
    Then it fails with "no BEFORE snapshot"
    And nothing was stored

  Scenario: The latest end is undone
    Given two whole windows of codex
    When the operator runs "tracker alias delete codex --phase after --index 1"
    Then it prints "removed codex after snapshot"
    And the snapshots of codex are "W0-01 before, W0-01 after, W0-02 before"
    And the state of codex is "W0-02" "before"

  Scenario: The second-latest end is undone
    Given two whole windows of codex
    When the operator runs "tracker alias delete codex --phase after --index 2"
    Then it prints "removed codex after snapshot"
    And the snapshots of codex are "W0-01 before, W0-02 before, W0-02 after"
    And the state of codex is "W0-02" "after"

  Scenario: What is not there cannot be undone
    Given two whole windows of codex
    When the operator runs "tracker alias delete codex --phase after --index 3"
    Then it fails with "cannot delete index 3"
    When the operator runs "tracker alias delete claude"
    Then it fails with "no matching snapshots"

  Scenario: A window is undone and recorded again, the one before it stays
    Given the operator ran "tracker alias start codex --window W0-19 --stdin" with "panes/wide_status_82_1.txt"
    And the operator ran "tracker alias end codex --stdin" with "panes/wide_status_82_1.txt"
    And the operator ran "tracker alias start codex --stdin" with "panes/nothing.txt"
    When the operator runs "tracker alias delete codex"
    And the operator runs "tracker alias start codex --stdin" with "panes/wide_status_82_1.txt"
    Then it prints "stored codex before snapshot for W0-20 (state=awaiting-end)"
    And the snapshots of codex are "W0-19 before, W0-19 after, W0-20 before"

  Scenario: Agents do not see each other's windows
    Given the agent is "main"
    And the operator ran "tracker alias start codex --stdin" with "panes/wide_status_82_1.txt"
    And the agent is "sub1"
    When the operator runs "tracker alias end codex --stdin" with "panes/wide_status_82_1.txt"
    Then it fails with "no BEFORE snapshot"
    When the operator runs "tracker alias start codex --stdin" with "panes/multi_pane.txt"
    Then the state of codex is "W0-01" "before"
    And the last snapshot has the note "AGENT_ID=sub1"
    Given the agent is "main"
    When the operator runs "tracker alias end codex --stdin" with "panes/wide_status_82_1.txt"
    Then it exits with 0
    And the state of codex is "W0-01" "after"
    And the last snapshot has the note "AGENT_ID=main"

  Scenario Outline: GLM is counted in prompts
    Given the operator pasted "<begin>" into "tracker alias start glm --stdin"
    When the operator pastes "<end>" into "tracker alias end glm --stdin"
    Then it prints "stored glm delta"
    And the prompts of "W0-01" are <prompts>

    Examples:
      | begin | end | prompts |
      | 12    | 30  | 18      |
      | 10    | 25  | 15      |

  Scenario: A count that goes down tells nothing
    Given the operator pasted "30" into "tracker alias start glm --stdin"
    When the operator pastes "12" into "tracker alias end glm --stdin"
    Then the prompts of "W0-01" are unknown
    And an anomaly "negative-delta" is noted for "W0-01"

  Scenario: Of several panes the last one counts
    When the operator runs "tracker alias start codex --stdin" with "panes/multi_pane.txt"
    Then the last snapshot shows fiveh 0 and weekly 10
    And the last snapshot has the error "multi-pane-trimmed"

  Scenario: A wide pane
    When the operator runs "tracker ingest codex --window W0-01 --phase before --stdin" with "panes/wide_status_82_1.txt"
    Then the last snapshot shows fiveh 1 and weekly 82

  Scenario: A pane that says what is left
    When the operator runs "tracker ingest codex --window W0-01 --phase before --stdin" with "panes/left_59_83.txt"
    Then the last snapshot shows fiveh 41 and weekly 17

  Scenario: A pane of Claude
    When the operator runs "tracker ingest claude --window W0-01 --phase before --stdin" with "panes/claude_usage.txt"
    Then the last snapshot shows session 1 and all_models 90
    And the last snapshot shows no opus

  Scenario: A pane without bars is kept with a tag
    When the operator runs "tracker ingest codex --window W0-01 --phase before --stdin" with "panes/nothing.txt"
    Then it exits with 0
    And the last snapshot has the error "insufficient-data"

  Scenario: A pane of Claude that has not loaded
    When the operator runs "tracker ingest claude --window W0-01 --phase before --stdin" with "panes/claude_loading.txt"
    Then the last snapshot has the error "usage-not-loaded"

  Scenario: An end right after a reset is marked, for the bars lag behind
    Given a window "W0-01" that announced a reset 2 minutes ago
    When the operator runs "tracker alias end codex --stdin" with "panes/wide_status_82_1.txt"
    Then the last snapshot has the note "late-after"
    And an anomaly "late-after" is noted for "W0-01"
    And it warns "less than 5 minutes after a reset"

  Scenario: Across a reset nobody can tell what was used
    Given a window "W0-01" that announced a reset 30 minutes ago
    When the operator runs "tracker alias end codex --stdin" with "panes/wide_status_82_1.txt"
    And the operator runs "tracker complete --window W0-01 --codex-features 1"
    Then an anomaly "reset-between" is noted for "W0-01"
    And the finished window "W0-01" does not tell what was used of fiveh
