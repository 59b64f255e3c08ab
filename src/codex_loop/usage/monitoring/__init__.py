"""What is put into Prometheus and Grafana: alert rules and a dashboard. `codex-loop analyzer --rules` prints them."""
