"""What people ask the desk of a build service: 11 things by 7 troubles, each with its own ways to say it."""

THINGS = {
    "pipeline": "pipeline|build|CI run|build job|workflow run",
    "token": "access token|API key|personal token|token",
    "runner": "runner|build machine|build agent|worker",
    "invoice": "invoice|bill|monthly charge|payment",
    "seat": "seat|licence|user licence|team member slot",
    "deploy": "deployment|deploy|rollout|release to production",
    "cache": "cache|dependency cache|build cache|cached packages",
    "webhook": "webhook|notification hook|callback|outgoing hook",
    "login": "login|sign in|single sign-on|account access",
    "review": "merge request|pull request|code review|change request",
    "quota": "quota|minutes allowance|usage limit|monthly minutes",
}

TROUBLES = {
    "pending": (
        "Why is my {x} still pending?|My {x} has been waiting for hours|How long until the {x} goes through?|"
        "The {x} is stuck in the queue|{x} not finished yet, is that normal?|When will my {x} complete?|"
        "Still waiting on the {x} from yesterday|{x} seems to take forever"
    ),
    "failed": (
        "My {x} failed|Why was the {x} declined?|The {x} did not work|I tried the {x} but it was rejected|"
        "{x} keeps failing, what is wrong?|Getting an error with my {x}|The {x} does not go through|"
        "What is the reason my {x} was refused?"
    ),
    "create": (
        "How do I get a new {x}?|I want to set up another {x}|Where can I add a {x}?|Can I have a second {x}?|"
        "I need one more {x}, how?|Is it possible to order an extra {x}?|Steps to create a {x} please|"
        "How to start with my first {x}"
    ),
    "cancel": (
        "I need to cancel my {x}|How do I remove the {x}?|Please delete the {x} for me|Can I stop a {x} I started?|"
        "I made a mistake, take back the {x}|I no longer want the {x}|Is there a way to undo the {x}?|"
        "Get rid of my {x}"
    ),
    "wrong": (
        "There is a {x} I do not recognise|The {x} shows the wrong amount|My {x} has something in it that is not mine|"
        "I see a strange {x} in my account|Someone else used my {x}|The details on the {x} are incorrect|"
        "Why is there an extra {x} that I never made?|The {x} does not look right"
    ),
    "cost": (
        "How much does a {x} cost?|Is there a fee for the {x}?|Do you charge for a {x}?|What is the price of a {x}?|"
        "Why was I charged extra for the {x}?|Are there limits on the free {x}?|Does the {x} come at no cost?|"
        "Tell me the charges for each {x}"
    ),
    "where": (
        "Where do I find my {x}?|I cannot see the {x} anywhere|What countries is the {x} available in?|"
        "Which page shows the {x}?|My {x} is missing from the list|The {x} has disappeared|"
        "How do I look up an old {x}?|I lost my {x}, where did it go?"
    ),
}

OPENINGS = "Hi, |Hello. |Please help. |Quick question: |I have a problem. |Good morning, |So, |Urgent: "
ENDINGS = (
    " It worked last week.| I am on the team plan.| I already restarted everything.| Can you help me?| Thanks!|"
    " I need this today.| I have checked twice.| What should I do?| This is for a client.| My colleague has the same.|"
    " I am travelling at the moment.| It was fine on my other laptop.| I just moved here from another service.|"
    " There is a meeting in an hour.| The documentation does not say."
)
