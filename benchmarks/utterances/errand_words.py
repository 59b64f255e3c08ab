"""What people tell an assistant: ten domains, five things each, three things to do with them."""

DOMAINS: dict[str, tuple[str, ...]] = {
    "kitchen": (
        "soup|broth|stew|chowder",
        "bread|loaf|sourdough|rolls",
        "pasta|noodles|spaghetti|lasagna",
        "salad|greens|dressing|coleslaw",
        "cake|dessert|pie|cookies",
    ),
    "travel": (
        "flight|plane ticket|airfare|airline seat",
        "hotel|room for the night|place to stay|motel",
        "visa|passport|entry permit|travel document",
        "rental car|hire car|car for the week|van rental",
        "suitcase|luggage|carry-on|checked bag",
    ),
    "money": (
        "savings account|savings|deposit account|nest egg",
        "credit card|card balance|visa card|card statement",
        "tax return|taxes|income tax|tax refund",
        "mortgage|home loan|house payment|loan",
        "stock portfolio|shares|stocks|investments",
    ),
    "home": (
        "lights|lamp|living room light|bulb",
        "thermostat|heating|temperature inside|furnace",
        "vacuum|robot cleaner|hoover|floors",
        "front door|lock|door lock|deadbolt",
        "washing machine|laundry|washer|dryer",
    ),
    "work": (
        "meeting|appointment|call with the team|conference",
        "vacation days|time off|paid leave|holiday request",
        "payroll|paycheck|salary|wages",
        "insurance|health plan|benefits|medical cover",
        "expense report|expenses|receipts|reimbursement",
    ),
    "car": (
        "oil|engine oil|oil level|motor oil",
        "tires|tyre pressure|wheels|spare tire",
        "gas|fuel|petrol|mileage",
        "battery|jump start|car battery|alternator",
        "parking|parking spot|garage|parking meter",
    ),
    "music": (
        "playlist|songs|mix|tracks",
        "podcast|episode|radio show|audio show",
        "concert|gig|live show|festival",
        "guitar|piano|violin|instrument",
        "album|record|band|singer",
    ),
    "health": (
        "calories|nutrition|protein|vitamins",
        "workout|exercise|gym|training",
        "medicine|prescription|pills|dose",
        "doctor|dentist|check-up|clinic",
        "sleep|nap|bedtime|insomnia",
    ),
    "words": (
        "translation|spanish|french phrase|another language",
        "spelling|how it is spelled|letters of a word|typo",
        "definition|meaning of a word|dictionary|vocabulary",
        "synonym|another word|thesaurus|similar term",
        "joke|something funny|riddle|pun",
    ),
    "phone": (
        "alarm|wake-up|morning alarm|snooze",
        "timer|countdown|minutes on the clock|stopwatch",
        "reminder|to-do list|task list|note",
        "text message|sms|message to mum|chat",
        "ringer volume|speaker|sound level|loudness",
    ),
}

DOINGS: dict[str, tuple[str, str, str]] = {
    "kitchen": (
        "how long do i cook {x}|what is the cooking time for {x}|how many minutes does {x} need|when is {x} done",
        "what goes into {x}|ingredients for {x}|what do i need to make {x}|list what is in {x}",
        "what can i use instead in {x}|swap something in {x}|substitute for {x}|is there a replacement for {x}",
    ),
    "travel": (
        "book a {x}|i want to reserve a {x}|get me a {x} for friday|arrange the {x}",
        "is my {x} confirmed|check the status of my {x}|what is going on with my {x}|did my {x} come through",
        "what do i need to know about a {x} abroad|rules for a {x}|is a {x} required in japan|do i have to have a {x}",
    ),
    "money": (
        "how much is in my {x}|show me my {x}|what is the balance of my {x}|tell me what my {x} is at",
        "pay off my {x}|move money to my {x}|put 200 dollars towards {x}|transfer to the {x}",
        "when is my {x} due|deadline for the {x}|what day is the {x}|how late can i be with {x}",
    ),
    "home": (
        "turn on the {x}|switch the {x} on please|start the {x}|activate the {x}",
        "turn the {x} off|stop the {x}|shut down the {x}|i want the {x} off now",
        "why does the {x} not work|the {x} is broken|fix the {x}|something is wrong with the {x}",
    ),
    "work": (
        "schedule my {x}|put in a {x} for monday|submit the {x}|request {x} for me",
        "how much {x} do i have|what is left of my {x}|look up my {x}|give me details on {x}",
        "cancel the {x}|take back my {x}|i do not need the {x} anymore|withdraw {x}",
    ),
    "car": (
        "check my {x}|what is the state of the {x}|how is my {x} looking|tell me about the {x}",
        "where can i get {x} nearby|find a place for {x}|closest {x}|directions to {x}",
        "how do i change the {x}|teach me to replace {x}|steps to do {x} myself|walk me through {x}",
    ),
    "music": (
        "play that {x}|put on a {x}|i want to hear the {x}|start my favourite {x}",
        "who made this {x}|what is the {x} called|name of that {x}|tell me which {x} this is",
        "add this to my {x}|save the {x}|i like this {x}, keep it|remember the {x} for later",
    ),
    "health": (
        "how much {x} should i have|right amount of {x}|recommended {x} per day|is this enough {x}",
        "log my {x} for today|record {x}|write down the {x}|track {x}",
        "is {x} good for me|what are the benefits of {x}|side effects of {x}|why does {x} matter",
    ),
    "words": (
        "give me a {x}|i would like a {x}|help me with {x}|what is the {x} here",
        "is this {x} correct|check the {x}|did i get the {x} right|verify {x} for me",
        "where does this {x} come from|history of the {x}|origin of a {x}|who came up with this {x}",
    ),
    "phone": (
        "set a {x}|make a new {x}|i need a {x} at seven|create {x}",
        "what {x} do i have|read out my {x}|show every {x}|is there a {x} set",
        "change the {x}|make the {x} different|update my {x}|adjust {x}",
    ),
}

OPENINGS = "hey |could you |please |can you tell me |i was wondering, |ok so |would you mind, |quickly, |uh "
ENDINGS = (
    " please| for me| right now| today| when you get a chance| thanks| for my sister| this week| at home| tomorrow|"
    " again| before dinner| if possible| for saturday| i forgot| in the morning| on my way"
)
