"""Titles of questions about twenty technologies. Most words of a title belong to every technology."""

TOPICS: dict[str, str] = {
    "kubernetes": "Kubernetes|kubectl|Helm chart|pod|ingress|minikube|StatefulSet|k8s",
    "django": "Django|Django admin|Django ORM|queryset|Django template|models.py|Django view",
    "react": "React|JSX|useState|React component|React Router|hooks in React|Redux",
    "rust": "Rust|cargo|borrow checker|Rust trait|lifetime in Rust|tokio|Rust macro",
    "postgres": "PostgreSQL|Postgres|psql|pg_dump|plpgsql|PostgreSQL trigger",
    "git": "git|git rebase|git branch|git commit|submodule|git stash|merge conflict",
    "vim": "vim|vimrc|neovim|vim plugin|vim macro|vimscript",
    "latex": "LaTeX|bibtex|tikz|LaTeX table|beamer|pdflatex",
    "tensorflow": "TensorFlow|Keras|tensor|Keras model|TensorFlow session|LSTM layer",
    "terraform": "Terraform|Terraform module|tfstate|Terraform provider|HCL|Terraform plan",
    "swift": "Swift|SwiftUI|UIView in Swift|Xcode|Swift optional|UITableView",
    "android": "Android|Android fragment|RecyclerView|Android activity|APK|Android Studio",
    "nginx": "nginx|nginx proxy_pass|nginx location|reverse proxy nginx|nginx.conf",
    "elasticsearch": "Elasticsearch|Kibana|Elasticsearch index|Logstash|Elasticsearch query|Lucene",
    "perl": "Perl|CPAN|perl regex|Perl hash|perl script|Moose in Perl",
    "erlang": "Erlang|OTP|gen_server|Elixir|Erlang process|rebar",
    "unity": "Unity|GameObject|Unity3D|Unity prefab|Rigidbody|Unity scene",
    "tableau": "Tableau|Tableau dashboard|calculated field in Tableau|Tableau worksheet|Tableau server",
    "powershell": "PowerShell|PowerShell cmdlet|Get-ChildItem|powershell script|PSObject|Invoke-Command",
    "arduino": "Arduino|Arduino sketch|servo Arduino|Arduino serial|ESP8266|Arduino board",
}
