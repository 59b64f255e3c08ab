"""Keys of payment, shop and shipping services."""

from codex_loop.redaction.rule import AN, HEX, LOWHEX, NEAR, TK, UUID, near, token

# fmt: off
# One rule is one line of a table.
RULES = (
    token("stripe_key", "Stripe", rf"[rs]k_(?:live|test|prod)_{AN}{{10,}}", rf"sk_live_{AN}{{24}}"),
    token("stripe_webhook_secret", "Stripe", r"whsec_[A-Za-z0-9+/=]{24,}", rf"whsec_{AN}{{32}}"),
    token("stripe_org_key", "Stripe", rf"sk_org_(?:live_|test_)?{AN}{{20,}}", rf"sk_org_live_{AN}{{40}}"),
    token("square_token", "Square", rf"EAAA{TK}{{56,}}", rf"EAAA{TK}{{60}}", before="A-Za-z0-9_+/-", after="+/=", check="random"),
    token("square_old_token", "Square", rf"sq0(?:atp|csp|idp)-{TK}{{20,}}", rf"sq0atp-{TK}{{22}}"),
    token("braintree_token", "Braintree", rf"access_token\$(?:production|sandbox)\$[a-z0-9]{{12,20}}\${HEX}{{30,}}", rf"access_token\$production\$[a-z0-9]{{16}}\${LOWHEX}{{32}}"),
    near("paypal_secret", "PayPal", "paypal[a-z_-]{0,12}secret|paypal[a-z_-]{0,12}client", rf"E{TK}{{79}}", rf"PAYPAL_CLIENT_SECRET=(E{TK}{{79}})"),
    token("paddle_key", "Paddle", rf"pdl_(?:live|sdbx)_apikey_{TK}{{26,}}", rf"pdl_live_apikey_[a-z0-9]{{26}}_{AN}{{22}}_{AN}{{3}}"),
    token("plaid_token", "Plaid", rf"(?:access|public|link)-(?:sandbox|development|production)-{UUID}", rf"access-production-{UUID}"),
    near("plaid_secret", "Plaid", "plaid", rf"{LOWHEX}{{30}}", rf"PLAID_SECRET=({LOWHEX}{{30}})"),
    token("shopify_token", "Shopify", rf"shp(?:at|ca|pa|ss|ua|tka)_{HEX}{{28,}}", rf"shpat_{LOWHEX}{{32}}"),
    token("easypost_key", "EasyPost", rf"EZ[AT]K{AN}{{40,}}", rf"EZAK{AN}{{54}}", before="A-Za-z0-9+/", after="+/="),
    token("shippo_token", "Shippo", rf"shippo_(?:live|test)_{HEX}{{30,}}", rf"shippo_live_{LOWHEX}{{40}}"),
    token("duffel_token", "Duffel", rf"duffel_(?:live|test)_{TK}{{30,}}", rf"duffel_live_{TK}{{43}}"),
    token("razorpay_key", "Razorpay", rf"rzp_(?:live|test)_{AN}{{12,}}", rf"rzp_live_{AN}{{14}}"),
    token("adyen_key", "Adyen", r"AQE[a-z]hmfx[A-Za-z0-9+/=_-]{40,}", rf"AQEyhmfx{AN}{{90}}"),
    token("mollie_key", "Mollie", rf"(?:live|test)_{AN}{{30}}", rf"live_{AN}{{30}}", before="A-Za-z0-9_", after="A-Za-z0-9_-", check="mixed"),
    token("mollie_access_token", "Mollie", rf"access_{AN}{{40}}", rf"access_{AN}{{40}}", before="A-Za-z0-9_", after="A-Za-z0-9_-", check="mixed"),
    token("lemonsqueezy_key", "Lemon Squeezy", rf"(?i:lemon_?squeezy){NEAR}(ey[A-Za-z0-9_.-]{{60,}})", rf"LEMONSQUEEZY_API_KEY=(eyJ0{AN}{{40}}\.eyJ{AN}{{80}}\.{TK}{{80}})"),
    token("polar_token", "Polar", rf"polar_(?:oat|pat|whs|cat)_{AN}{{30,}}", rf"polar_oat_{AN}{{43}}"),
    token("gocardless_token", "GoCardless", rf"(?:live|sandbox)_{TK}{{40}}", rf"live_{TK}{{40}}", before="A-Za-z0-9_", after="A-Za-z0-9_-", check="random"),
    token("paystack_key", "Paystack", rf"sk_(?:live|test)_{LOWHEX}{{40}}", rf"sk_live_{LOWHEX}{{40}}"),
    token("flutterwave_key", "Flutterwave", rf"FLW(?:SECK|PUBK)(?:_TEST|_PROD|-)-?{AN}{{12,}}(?:-X)?", rf"FLWSECK_TEST-{LOWHEX}{{32}}-X"),
    token("coinbase_key", "Coinbase", rf"organizations/{UUID}/apiKeys/({UUID})", rf"organizations/{UUID}/apiKeys/({UUID})"),
    near("coinbase_secret", "Coinbase", "coinbase", rf"{TK}{{64}}", rf"COINBASE_API_SECRET=({AN}{{64}})", check="random"),
    near("binance_secret", "Binance", "binance", rf"{AN}{{64}}", rf"BINANCE_API_SECRET=({AN}{{64}})", check="mixed"),
    near("kraken_secret", "Kraken", "kraken", r"[A-Za-z0-9+/]{80,90}={0,2}", r"KRAKEN_API_SECRET=([A-Za-z0-9+/]{86}==)"),
    near("wise_token", "Wise", "transferwise|wise_api", UUID, rf"WISE_API_TOKEN=({UUID})"),
    token("woocommerce_key", "WooCommerce", rf"c[ks]_{LOWHEX}{{40}}", rf"cs_{LOWHEX}{{40}}", before="A-Za-z0-9_", after="A-Za-z0-9_"),
    token("bigcommerce_token", "BigCommerce", rf"(?i:bigcommerce|bc_access){NEAR}([a-z0-9]{{31}})", r"BIGCOMMERCE_ACCESS_TOKEN=([a-z0-9]{31})", after="A-Za-z0-9", check="mixed"),
    token("chargebee_key", "Chargebee", rf"(?i:chargebee){NEAR}((?:live|test)_{AN}{{30,50}})", rf"CHARGEBEE_API_KEY=(live_{AN}{{34}})"),
    token("lob_key", "Lob", rf"(?:live|test)_(?:pub_)?{LOWHEX}{{35}}", rf"live_{LOWHEX}{{35}}", before="A-Za-z0-9_", after="A-Za-z0-9_-"),
    token("revenuecat_key", "RevenueCat", rf"(?i:revenuecat){NEAR}(sk_{AN}{{24,40}})", rf"REVENUECAT_SECRET_KEY=(sk_{AN}{{29}})"),
)
