"""Secrets of no single provider that are still unmistakable: headers, URLs, keys and configuration files."""

from codex_loop.redaction.rule import B64, TK, token

# fmt: off
# One rule is one line of a table.
RULES = (
    token("private_key", "PEM", r"-----BEGIN[A-Z0-9 ]{0,40}PRIVATE KEY(?: BLOCK)?-----", r"-----BEGIN PRIVATE KEY-----", before="", check="pem"),
    token("putty_key", "PuTTY", r"Private-Lines: [0-9]{1,3}[\\rn \t\r\n]{1,6}([A-Za-z0-9+/=\\rn \t\r\n]{40,})", rf"Private-Lines: 1\n({B64}{{64}})"),
    token("jwt", "JWT", r"ey[A-Za-z0-9_=-]{8,}\.ey[A-Za-z0-9_=-]{8,}\.[A-Za-z0-9_/+=-]{8,}", rf"eyJ{TK}{{17}}\.eyJ{TK}{{60}}\.{TK}{{43}}", before="A-Za-z0-9_-"),
    token("jwe", "JWT", r"eyJ[A-Za-z0-9_-]{15,}\.[A-Za-z0-9_-]{0,700}\.[A-Za-z0-9_-]{12,24}\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}", rf"eyJ{TK}{{40}}\.{TK}{{342}}\.{TK}{{16}}\.{TK}{{80}}\.{TK}{{22}}", before="A-Za-z0-9_-"),
    token("url_credentials", "URL", r"[A-Za-z][A-Za-z0-9+.-]{1,30}:\\?/\\?/[^ \t\r\n\0\"'`\\/@:<>{}$\[\]()|,]{0,100}:([^ \t\r\n\0\"'`\\/<>{}$()|,@][^ \t\r\n\0\"'`\\/<>{}()|,@]{1,200})@[A-Za-z0-9\[$_{%]", r"https://alice:([A-Za-z0-9!*~.]{12})@git\.internal/x", check="password", hint=r":\\?/\\?/[^ \t\r\n\0\"'`/@<>]{0,100}:[^ \t\r\n\0\"'`/@<>]{1,200}@"),
    token("url_token", "URL", r"https?:\\?/\\?/([A-Za-z0-9_.~-]{20,200})@[A-Za-z0-9]", r"https://([a-z0-9]{40})@git\.internal/x", check="random"),
    token("authorization_header", "HTTP", r"""(?i:authorization)["'`\\\])]{0,6}[ \t]{0,4}[:=,][ \t]{0,4}["'`\\]{0,6}(?i:bearer|basic|token|apikey|api-key|digest|negotiate|ssws|geniekey|bot|key)[ \t]{1,4}([A-Za-z0-9_.~+/=:-]{8,})""", rf"Authorization: Bearer ({TK}{{40}})", check="flagged"),
    token("authorization_raw", "HTTP", r"""(?i:proxy-authorization|authorization)["'`\\]{0,6}[ \t]{0,4}[:=][ \t]{0,4}["'`\\]{0,6}([A-Za-z0-9_.~+/=-]{20,})""", rf"Authorization: ({TK}{{40}})", check="random"),
    token("bearer_token", "HTTP", r"(?:[Bb]earer|BEARER)[ \t]{1,4}([A-Za-z0-9_.~+/=-]{20,})", rf"Bearer ({TK}{{40}})", check="random"),
    token("basic_credentials", "HTTP", r"(?:[Bb]asic|BASIC) ([A-Za-z0-9+/=]{12,})", rf"Basic ({B64}{{40}})", after="A-Za-z0-9+/=", check="random"),
    token("api_key_header", "HTTP", r"""(?i:x-(?:[a-z0-9]{1,16}-)?(?:api-?key|auth-?token|access-?token|vault-token|token|secret|auth-key)|api-key|apikey|private-token|job-token|x-goog-api-key)["'`\\]{0,6}[ \t]{0,4}:[ \t]{0,4}["'`\\]{0,6}([A-Za-z0-9_.~+/=-]{16,})""", r"X-Api-Key: ([A-Za-z0-9]{32})", check="mixed"),
    token("session_cookie", "HTTP", r"""(?i:set-cookie2?|cookie)["'`\\]{0,6}[ \t]{0,4}[:=][ \t]{0,4}["'`\\]{0,6}([A-Za-z0-9_.%-]{1,64}=[^\r\n\0"'`\\<>{}]{8,})""", r"Cookie: (session=[A-Za-z0-9]{40})", check="cookie"),
    token("session_value", "HTTP", r"(?:sessionid|session_id|JSESSIONID|PHPSESSID|connect\.sid|laravel_session|_session|__Secure-[A-Za-z0-9.-]{2,40}|sessionKey|next-auth\.session-token|ASP\.NET_SessionId|csrftoken)=([A-Za-z0-9_.%+/-]{20,})", r"PHPSESSID=([a-z0-9]{26})", check="mixed"),
    token("ado_password", "connection string", r"""(?i:server|data source|host|user id|uid|database|initial catalog|user|username|encrypt|port|driver|endpoint)=[^\r\n\0"'`]{1,300}; ?(?i:password|pwd) ?= ?([^;\r\n\0"'`\\ <>{}$]{3,200})""", r"Server=db;Database=app;User Id=sa;Password=([A-Za-z0-9!]{14});", check="password"),
    token("curl_user", "curl", r"""(?:curl|wget|http|https)(?:[ ][^\r\n\0;|&]{0,300})?[ ](?:-[A-Za-z]{0,8}u ?|--user[ =]|--proxy-user[ =]|-U ?)["'\\]{0,3}[A-Za-z0-9_.@+%-]{0,80}:([^ \t\r\n\0"'`\\<>{}$/][^ \t\r\n\0"'`\\<>{}$]{2,200})""", r"curl -s -u admin:([A-Za-z0-9!]{14}) https://ci\.internal", check="password"),
    token("npmrc_auth", "npm", r"(?:_authToken|_auth|_password)[\"']?[ ]{0,3}[=:][ ]{0,3}[\"']?([A-Za-z0-9_.+/=-]{8,})", r"//registry\.internal/:_authToken=([A-Za-z0-9-]{36})", before="", check="flagged"),
    token("netrc_password", "netrc", r"(?:machine|default)[ \t]{1,4}[A-Za-z0-9_.-]{0,100}[\\nrt \t\r\n]{0,8}login[ \t]{1,4}[^ \t\r\n\0\"\\]{1,100}[\\nrt \t\r\n]{1,8}password[ \t]{1,4}([^ \t\r\n\0\"'\\<>{}$]{3,200})", r"machine git\.internal login bob password ([A-Za-z0-9!]{14})", check="password"),
    token("pgpass_line", "PostgreSQL", r"[A-Za-z0-9_.*-]{1,100}:(?:5432|5433|6432|\*):[A-Za-z0-9_*-]{1,63}:[A-Za-z0-9_.*-]{1,63}:([^ \t\r\n\0\"'\\:<>{}$]{4,200})", r"db\.internal:5432:app:bob:([A-Za-z0-9!]{14})", before="A-Za-z0-9/:", check="password", hint=r":(?:5432|5433|6432|\*):"),
    token("sshpass", "ssh", r"""sshpass[ ]{1,3}-p[ ]{0,2}["'\\]{0,3}([^ \t\r\n\0"'`\\<>{}$]{3,200})""", r"sshpass -p ([A-Za-z0-9!]{14}) ssh host", check="password"),
    token("kubernetes_secret", "Kubernetes", r"""(?:password|passwd|token|secret|tls\.key|api-key|apikey|api_key|\.dockerconfigjson|\.dockercfg)["'\\]{0,3}: ["'\\]{0,3}([A-Za-z0-9+/]{16,900}={1,2})""", r"kind: Secret\ndata:\n  password: ([A-Za-z0-9+/]{22}==)", check="token"),
    token("docker_auth", "Docker", r"""["\\]{1,6}auth["\\]{1,6}[ ]{0,3}:[ ]{0,3}["\\]{1,6}([A-Za-z0-9+/=]{12,})""", r"\"auths\":\{\"r\.internal\":\{\"auth\":\"([A-Za-z0-9+/]{30}==)\"", before="", check="mixed"),
    token("ansible_vault", "Ansible", r"\$ANSIBLE_VAULT;[0-9.]{3};AES256[\\nrt \t\r\n]{1,8}([0-9a-f\\nr \t\r\n]{60,})", r"\$ANSIBLE_VAULT;1\.1;AES256\n([0-9a-f]{80})", before=""),
    token("oauth_code", "OAuth", r"(?:client_secret|refresh_token|id_token|access_token|api_key|apikey|auth_token)=([A-Za-z0-9_.~%+/-]{16,})", r"grant_type=client_credentials&client_secret=([A-Za-z0-9]{40})", check="mixed"),
    token("oauth_json", "OAuth", r"""(?:client_secret|clientSecret|refresh_token|refreshToken|access_token|accessToken|id_token|idToken|private_key|authToken|auth_token|secretAccessKey|SecretAccessKey|SessionToken)["\\]{1,6}[ ]{0,3}:[ ]{0,3}["\\]{1,6}([A-Za-z0-9_.~+/=|-]{20,})""", r"\"access_token\": \"([A-Za-z0-9]{40})\"", check="random"),
    token("htpasswd", "crypt", r"\$(?:2[abxy]\$[0-9]{2}\$[A-Za-z0-9./]{53}|6\$(?:rounds=[0-9]{1,9}\$)?[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{86}|5\$[A-Za-z0-9./]{1,16}\$[A-Za-z0-9./]{43}|apr1\$[A-Za-z0-9./]{1,8}\$[A-Za-z0-9./]{22}|argon2id?\$v=[0-9]{1,3}\$[A-Za-z0-9=,]{5,40}\$[A-Za-z0-9+/]{11,90}\$[A-Za-z0-9+/]{20,90})", r"\$2b\$12\$[A-Za-z0-9./]{53}", before=""),
)
