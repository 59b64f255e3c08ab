"""Keys of chat, mail and telephony services."""

from codex_loop.redaction.rule import AN, HEX, LOWHEX, NEAR, TK, UUID, near, token

# fmt: off
# One rule is one line of a table.
RULES = (
    token("slack_token", "Slack", r"xox[bpaersocd][-.][A-Za-z0-9._%-]{18,}", rf"xoxb-[0-9]{{12}}-[0-9]{{13}}-{AN}{{24}}"),
    token("slack_app_token", "Slack", rf"xapp-{TK}{{20,}}", rf"xapp-1-A[A-Z0-9]{{10}}-[0-9]{{13}}-{LOWHEX}{{64}}"),
    token("slack_webhook", "Slack", r"hooks\.slack\.com\\?/(?:services|workflows|triggers)\\?/([A-Za-z0-9+/_\\-]{20,})", rf"https://hooks\.slack\.com/services/(T[A-Z0-9]{{8}}/B[A-Z0-9]{{8}}/{AN}{{24}})", before=""),
    token("discord_token", "Discord", rf"[MNO]{AN}{{22,27}}\.{TK}{{6}}\.{TK}{{27,60}}", rf"M{AN}{{23}}\.G{TK}{{5}}\.{TK}{{38}}", before="A-Za-z0-9_.+/-", check="random", hint=rf"\.{TK}{{6}}\.{TK}{{27}}"),
    token("discord_webhook", "Discord", rf"discord(?:app)?\.com\\?/api\\?/(?:v[0-9]{{1,2}}\\?/)?webhooks\\?/([0-9]{{16,20}}\\?/{TK}{{40,}})", rf"https://discord\.com/api/webhooks/([0-9]{{18}}/{TK}{{68}})", before=""),
    token("telegram_token", "Telegram", rf"[0-9]{{7,16}}:A{TK}{{32,36}}", rf"[1-9][0-9]{{9}}:AA{TK}{{33}}", before="0-9", after="A-Za-z0-9_-", check="random"),
    token("teams_webhook", "Microsoft Teams", r"webhook\.office\.com\\?/webhookb2\\?/([A-Za-z0-9@/_\\-]{40,})", rf"https://contoso\.webhook\.office\.com/webhookb2/({UUID}@{UUID}/IncomingWebhook/{LOWHEX}{{32}}/{UUID})", before=""),
    token("twilio_key", "Twilio", rf"SK{LOWHEX}{{32}}", rf"SK{LOWHEX}{{32}}", before="A-Za-z0-9+/", after="A-Za-z0-9+/="),
    near("twilio_token", "Twilio", "twilio", rf"{LOWHEX}{{32}}", rf"TWILIO_AUTH_TOKEN=({LOWHEX}{{32}})"),
    token("sendgrid_key", "SendGrid", rf"SG\.{TK}{{16,}}\.{TK}{{30,}}", rf"SG\.{TK}{{22}}\.{TK}{{43}}"),
    near("mailgun_key", "Mailgun", "mailgun|mg_api", rf"key-{LOWHEX}{{32}}|{LOWHEX}{{32}}-{LOWHEX}{{8}}-{LOWHEX}{{8}}", rf"MAILGUN_API_KEY=(key-{LOWHEX}{{32}})"),
    token("mailgun_private_key", "Mailgun", rf"key-{LOWHEX}{{32}}", rf"key-{LOWHEX}{{32}}", before="A-Za-z0-9_-", after="A-Za-z0-9_-", check="mixed"),
    token("mailchimp_key", "Mailchimp", rf"{LOWHEX}{{32}}-us[0-9]{{1,2}}", rf"{LOWHEX}{{32}}-us[1-9][0-9]", before="A-Za-z0-9_-", after="A-Za-z0-9_-"),
    token("mandrill_key", "Mandrill", rf"(?i:mandrill){NEAR}(?:md-)?({TK}{{22}})", rf"MANDRILL_API_KEY=({AN}{{22}})", after="A-Za-z0-9_-", check="mixed"),
    token("brevo_key", "Brevo", rf"x(?:keysib|smtpsib)-{TK}{{40,}}", rf"xkeysib-{LOWHEX}{{64}}-{AN}{{16}}"),
    token("mailersend_key", "MailerSend", rf"mlsn\.{AN}{{30,}}", rf"mlsn\.{LOWHEX}{{64}}"),
    token("resend_key", "Resend", rf"re_{AN}{{6,10}}_{AN}{{20,}}", rf"re_{AN}{{8}}_{AN}{{24}}", before="A-Za-z0-9_", check="mixed"),
    near("postmark_token", "Postmark", "postmark", UUID, rf"POSTMARK_SERVER_TOKEN=({UUID})"),
    near("plivo_token", "Plivo", "plivo", rf"{AN}{{40}}", rf"PLIVO_AUTH_TOKEN=({AN}{{40}})", check="mixed"),
    near("sparkpost_key", "SparkPost", "sparkpost", rf"{LOWHEX}{{40}}", rf"SPARKPOST_API_KEY=({LOWHEX}{{40}})"),
    near("vonage_secret", "Vonage", "vonage|nexmo", rf"{AN}{{16}}", rf"VONAGE_API_SECRET=({AN}{{16}})", check="mixed"),
    near("messagebird_key", "MessageBird", "messagebird", rf"{AN}{{25}}", rf"MESSAGEBIRD_API_KEY=({AN}{{25}})", check="mixed"),
    token("klaviyo_key", "Klaviyo", rf"pk_{HEX}{{34}}", rf"pk_{LOWHEX}{{34}}", before="A-Za-z0-9_", after="A-Za-z0-9_"),
    token("customerio_key", "Customer.io", rf"(?i:customer_?-?io){NEAR}({LOWHEX}{{20,40}})", rf"CUSTOMERIO_API_KEY=({LOWHEX}{{32}})", after="A-Za-z0-9"),
    token("intercom_token", "Intercom", r"dG9rO[A-Za-z0-9+/]{40,}={0,2}", r"dG9rO[A-Za-z0-9+/]{54}=", before="A-Za-z0-9+/"),
    token("line_token", "LINE", rf"(?i:line_channel_access|line_channel_secret|line_notify){NEAR}([A-Za-z0-9+/=]{{32,200}})", rf"LINE_CHANNEL_ACCESS_TOKEN=({AN}{{140}}=)"),
    token("lark_webhook", "Lark", rf"open\.(?:feishu\.cn|larksuite\.com)/open-apis/bot/v2/hook/({UUID})", rf"https://open\.feishu\.cn/open-apis/bot/v2/hook/({UUID})", before=""),
    token("dingtalk_webhook", "DingTalk", rf"oapi\.dingtalk\.com/robot/send\?access_token=({LOWHEX}{{40,}})", rf"https://oapi\.dingtalk\.com/robot/send\?access_token=({LOWHEX}{{64}})", before=""),
    token("wecom_webhook", "WeCom", rf"qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=({UUID})", rf"https://qyapi\.weixin\.qq\.com/cgi-bin/webhook/send\?key=({UUID})", before=""),
    token("google_chat_webhook", "Google Chat", rf"chat\.googleapis\.com/v1/spaces/{TK}{{6,20}}/messages\?([A-Za-z0-9_=&%-]{{40,}})", rf"https://chat\.googleapis\.com/v1/spaces/AAAA{AN}{{7}}/messages\?(key=AIza{TK}{{35}}&token={TK}{{43}})", before=""),
    token("zapier_webhook", "Zapier", r"hooks\.zapier\.com/hooks/catch/([0-9]{4,12}/[a-z0-9]{5,})", r"https://hooks\.zapier\.com/hooks/catch/([0-9]{7}/[a-z0-9]{7})", before=""),
    token("knock_key", "Knock", rf"sk_(?:test|live)?_?knock_{AN}{{20,}}", rf"sk_knock_{AN}{{32}}"),
    token("novu_key", "Novu", rf"(?i:novu){NEAR}({LOWHEX}{{32}})", rf"NOVU_API_KEY=({LOWHEX}{{32}})", after="A-Za-z0-9"),
    token("loops_key", "Loops", rf"(?i:loops_api|loops\.so){NEAR}({LOWHEX}{{32}})", rf"LOOPS_API_KEY=({LOWHEX}{{32}})", after="A-Za-z0-9"),
)
