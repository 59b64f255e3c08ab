Feature: ccusage's reports about Codex in the tracker
  What ccusage counted is kept beside the windows of work, so that nobody adds up tokens by hand.

  Background:
    Given an empty logbook

  @session
  Scenario: A report of sessions
    When the operator runs "tracker ingest codex-ccusage --window W0-CC-SESSION --scope session --stdin" with "ccusage/tracker_session.json"
    Then it prints "stored codex ccusage session summary for W0-CC-SESSION (tokens=7372723263)"
    And the stored report has scope "session"
    And the total is 7372723263 tokens
    And the latest session is "2025/10/19/rollout-2025-10-19T01-57-49-0199f878-7b4c-7423-9b83-c2bd6e6749d6"

  @daily
  Scenario: A report of days
    When the operator runs "tracker ingest codex-ccusage --window W0-CC-DAILY --scope daily --stdin" with "ccusage/tracker_daily.json"
    Then the stored report has scope "daily"
    And day 1 is "2025-10-19" with 123456 tokens and 12.5 percent
    And the report says the limit resets at "2025-10-20T21:11:00Z"
    And the total is 777777 tokens

  @weekly
  Scenario: A report of the week
    When the operator runs "tracker ingest codex-ccusage --window W0-CC-WEEKLY --scope weekly --stdin" with "ccusage/tracker_weekly.json"
    Then the stored report has scope "weekly"
    And the week has 9.2 percent and 987654321 tokens
    And the total is 987654321 tokens

  @errors
  Scenario: What is no JSON is kept with a tag
    When the operator runs "tracker ingest codex-ccusage --window W0-CC-ERROR --stdin" with "ccusage/tracker_not_json.txt"
    Then it exits with 0
    And the stored report has the error "invalid-json"
    And the stored report keeps the text as it came
    And it warns "invalid-json"

  @daily @seed
  Scenario: Daily snapshot ingestion, typed as the plan has it
    When the operator pipes "ccusage/tracker_daily.json" into "tracker ingest codex-ccusage --window W0-DD --scope daily"
    Then it prints "stored codex ccusage daily summary for W0-DD (tokens=777777)"
    And it prints "reset at 2025-10-20T21:11:00Z"
    And the preview says "- daily: latest=2025-10-19 tokens=123456 percent=12.5 reset=2025-10-20T21:11:00Z"

  @weekly @seed
  Scenario: Weekly allowance with what remains
    When the operator runs "tracker ingest codex-ccusage --window W0-DD --scope weekly --stdin" with "ccusage/tracker_weekly.json"
    Then the preview says "- weekly: percent_used=9.2 tokens=987654321 reset=2025-10-20T21:11:00Z"
    And the preview says "percent_remaining=90.8 tokens_remaining=9000000000 by=report"

  @weekly @seed
  Scenario: A week derived from its days, its percentage from Codex itself
    Given the store saw 41 percent of the week used, with the reset in three days
    When the operator runs "tracker ingest codex-ccusage --window W0-DD --scope weekly --stdin" with "ccusage/tracker_daily.json"
    Then the stored report has the note "derived:weekly"
    And the total is 777777 tokens
    And the preview says "- weekly: percent_used=41 tokens=777777"
    And the preview says "percent_remaining=59 tokens_remaining=unknown by=limit-samples:app-server"

  @weekly @seed
  Scenario: Without any telling of Codex the percentage is absent, with the reason
    When the operator runs "tracker ingest codex-ccusage --window W0-DD --scope weekly --stdin" with "ccusage/tracker_daily.json"
    Then the preview says "percent_used=unknown"
    And the preview says "by=no status pane and no limit sample says it"

  @weekly @seed
  Scenario: ccusage and the status pane disagree
    Given the operator ran "tracker ingest codex --window W0-01 --phase before --stdin" with "panes/wide_status_82_1.txt"
    When the operator runs "tracker ingest codex-ccusage --window W0-01 --scope weekly --stdin" with "ccusage/tracker_weekly.json"
    Then the stored report has the note "divergent:ccusage"
    And the week has 9.2 percent and 987654321 tokens
    And an anomaly "divergent:ccusage" is noted for "W0-01"
    And it warns "ccusage says 9.2 % of the week are used, snapshot says 82 %; both are kept"

  @session @seed
  Scenario: Sessions fall into the windows in which they were last active
    Given a window "W0-07" from "2025-10-18T20:00:00Z" to "2025-10-19T00:30:00Z"
    And a window "W0-08" from "2025-10-19T00:30:00Z" that is still open
    When the operator runs "tracker ingest codex-ccusage --window W0-08 --scope session --stdin" with "ccusage/tracker_session.json"
    Then window "W0-07" holds 1 session with 4000000000 tokens
    And window "W0-08" holds 1 session with 1272723263 tokens
    And 1 session is in no window

  @monthly @seed
  Scenario: The archive of months, and churn that refers to it
    Given a repository with two commits
    And a window "W0-07" from "2025-10-18T20:00:00Z" to "2025-10-19T00:30:00Z"
    When the operator runs "tracker ingest codex-ccusage --window W0-07 --scope monthly --stdin" with "ccusage/tracker_monthly.json"
    And the operator runs "tracker churn --window W0-07 --commit-start HEAD~1"
    Then the churn ledger refers to month "2025-10" with 777777 tokens
    And the archive check agrees

  @monthly @seed
  Scenario: Churn that refers to a month which has shrunk since is found
    Given a repository with two commits
    And a window "W0-07" from "2025-10-18T20:00:00Z" to "2025-10-19T00:30:00Z"
    And the operator ran "tracker ingest codex-ccusage --window W0-07 --scope monthly --stdin" with "ccusage/tracker_monthly.json"
    And the operator ran "tracker churn --window W0-07 --commit-start HEAD~1"
    When the operator pastes into "tracker ingest codex-ccusage --window W0-07 --scope monthly --stdin"
      """
      {"monthly":[{"month":"2025-10","totalTokens":5}],"totals":{"totalTokens":5}}
      """
    Then the archive check differs

  @errors @seed
  Scenario: Missing fields are tagged, and zero is a value
    When the operator runs "tracker ingest codex-ccusage --window W0-DD --scope daily --stdin" with "ccusage/tracker_missing_fields.json"
    Then it prints "stored codex ccusage daily summary for W0-DD (tokens=unknown)"
    And the stored report has the error "missing-fields"
    And day 1 is "2025-10-19" with 0 tokens and 0 percent

  @errors @seed
  Scenario: A stale report made offline is kept, with warnings
    When the operator runs "tracker ingest codex-ccusage --window W0-DD --scope daily --stdin" with "ccusage/tracker_stale_offline.json"
    Then it exits with 0
    And the stored report has the note "stale-cache"
    And the stored report has the note "offline"
    And it warns "the report is stale"
    And it warns "the report was made offline"

  @errors
  Scenario Outline: What is JSON, but no such report
    When the operator pastes into "tracker ingest codex-ccusage --window W0-CC-ERROR --scope <scope> --stdin"
      """
      <text>
      """
    Then it exits with 0
    And the stored report has the error "<tag>"

    Examples:
      | scope   | text                                 | tag              |
      | daily   | [1, 2]                               | invalid-json     |
      | daily   | 7                                    | invalid-json     |
      | session | {"sessions": {"a": 1}}               | invalid-sessions |
      | session | {"sessions": []}                     | no-sessions      |
      | daily   | {"days": "many"}                     | invalid-days     |
      | daily   | {"daily": []}                        | no-days          |
      | weekly  | {"currentWeek": {"tokensUsed": "x"}} | invalid-week     |
      | weekly  | {}                                   | invalid-week     |
      | monthly | {"monthly": 3}                       | invalid-months   |

  Scenario: The preview shows ccusage's figures before any window was recorded
    When the operator runs "tracker ingest codex-ccusage --window W0-DD --scope daily --stdin" with "ccusage/tracker_daily.json"
    Then the preview says "Windows: none recorded"
    And the preview says "- daily: latest=2025-10-19"

  @real
  Scenario Outline: What the real ccusage printed on one home
    When the operator runs "tracker ingest codex-ccusage --window W0-01 --scope <scope> --stdin" with "ccusage/real/<report>.json"
    Then the stored report has scope "<scope>"
    And the total is <tokens> tokens
    And the stored report has no error

    Examples:
      | scope   | report            | tokens |
      | session | v20-codex-session | 103225 |
      | daily   | v20-codex-daily   | 103225 |
      | weekly  | v20-all-weekly    | 103225 |
      | weekly  | v20-codex-daily   | 103225 |
      | monthly | v20-codex-monthly | 103225 |
      | session | v18-codex-session | 165315 |
      | daily   | v18-codex-daily   | 165315 |
      | monthly | v18-codex-monthly | 165315 |

  @real
  Scenario: Numbers that version 18 inflates are marked
    When the operator runs "tracker ingest codex-ccusage --window W0-01 --scope daily --stdin" with "ccusage/real/v18-codex-daily.json"
    Then the stored report has the note "suspect:v18"

  @real @errors
  Scenario: A sum of several agents is not taken for Codex's
    When the operator runs "tracker ingest codex-ccusage --window W0-01 --scope monthly --stdin" with "ccusage/real/v20-all-monthly.json"
    Then it prints "stored codex ccusage monthly summary for W0-01 (tokens=unknown)"
    And the stored report has the error "mixed-agents"
