"""What is often a secret and sometimes just code: recorded always, replaced in everything that leaves the machine."""

from codex_loop.redaction.rule import ASSIGN, candidate

_NAME = (
    "(?i:pass(?:word|wd|phrase|code)?|pwd|secret|token|api_?-?key|access_?-?key|auth_?-?key|private_?-?key"
    "|encryption_?-?key|signing_?-?key|master_?-?key|credentials?|client_?-?id_?-?secret|salt)"
)

# fmt: off
# One rule is one line of a table.
RULES = (
    candidate("assigned_secret", rf"{_NAME}(?:_?[A-Za-rt-z0-9][A-Za-z0-9_]{{0,12}})?{ASSIGN}([^ \t\r\n\0\"'`\\,;<>(){{}}\[\]$]{{6,200}})", r"DB_PASSWORD=([a-z]{6}[0-9]{4}[A-Z]{3}!)", "assigned", before=""),
    candidate("password_flag", r"""(?:mysql|mysqldump|mysqladmin|mariadb|psql|redis-cli|mongo|mongosh|sqlcmd)(?:[ ][^\r\n\0|;&"]{0,200})?[ ](?:-p|-P|-a[ ]|--password[= ]|--pass[= ])["'\\]{0,3}([^ \t\r\n\0"'`\\<>{}$]{4,200})""", r"mysql -u root -p([a-z]{6}[0-9]{4}) app", "password"),
    candidate("secret_flag", r"--?(?:password|passwd|pass|secret|token|api-key|apikey|access-key|auth-token|client-secret)[ =][\"'\\]{0,3}([^ \t\r\n\0\"'`\\,;<>(){}\[\]$-][^ \t\r\n\0\"'`\\,;<>(){}\[\]$]{5,200})", r"login --password ([a-z]{6}[0-9]{4})", "assigned", before="A-Za-z0-9-"),
    # Not the whole value of a JSON key: that is an id, a hash or a picture, unless the key says otherwise.
    candidate("random_text", r"""[^:]["'= ]([A-Za-z0-9]{20}[A-Za-z0-9+/_-]{4,150}={0,2})""", r"x = \"([A-Za-z0-9]{20}[A-Za-z0-9_-]{20})\"", "entropy", before="", after="A-Za-z0-9+/=_.-"),
)
