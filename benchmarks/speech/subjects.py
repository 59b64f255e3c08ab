# ruff: noqa: E501 - a table of sentences, in the scripts people write
"""What is talked about: a few words for each slot of a sentence, by subject."""

from __future__ import annotations

from typing import NamedTuple


class Subject(NamedTuple):
    """The slots of one subject."""

    kind: str
    """errand: something is looked for or booked; taste: likes and dislikes; code: work on a repository; desk: support."""
    things: tuple[str, ...]
    """What is looked for, in the singular."""
    names: tuple[str, ...]
    """What may be offered."""
    values: tuple[str, ...]
    """What a request may be narrowed by."""
    requests: tuple[str, ...]
    """Whole requests."""
    facts: tuple[str, ...]
    """What may be asked about: the price."""


def _subject(kind: str, things: str, names: str, values: str, requests: str, facts: str) -> Subject:
    return Subject(kind, *(tuple(each.split("|")) for each in (things, names, values, requests, facts)))


_TASTE_FACTS = "who is in it|what it is about|when it came out|who made it|how long it is"
_CODE_FACTS = (
    "which file that is in|how long it takes|what changed|which version|where the config lives|why that is needed"
)

SUBJECTS: dict[str, Subject] = {
    "food": _subject(
        "errand",
        "restaurant|place to eat|table|italian place|cheap eatery|steakhouse|diner|sushi bar|curry house",
        "Golden Wok|La Piazza|The Copper Pot|Luigi's|Saffron Hill|Riverside Grill|Taco Corner|Blue Lotus",
        "in the centre|cheap|moderately priced|for four people|at 19:30|on Friday|serving thai food|in the north|vegetarian|for 2 at 6 pm",
        "I'm looking for a place to eat in the centre|find me a cheap italian restaurant|book a table for four on friday at 7"
        "|I need a restaurant that serves indian food|can you recommend somewhere for dinner tonight|i want to eat something spicy"
        "|please find an expensive place in the south part of town|we want to get lunch somewhere near the river",
        "the address|the phone number|the price range|the postcode|what food they serve|whether they have outdoor seating",
    ),
    "hotel": _subject(
        "errand",
        "hotel|guesthouse|room|place to stay|hostel|apartment",
        "The Lakeview|Harbour Inn|Maple Lodge|Grand Central|Hotel Aurora|The Elm House",
        "with free parking|with wifi|4 star|for three nights|from saturday|in the east|for two people|with breakfast|cheap",
        "I need a hotel for three nights starting tuesday|find a guesthouse with free wifi in the north|book a room for two people please"
        "|i'm looking for a place to stay with parking|is there a 4 star hotel in the city|we need somewhere to sleep on saturday"
        "|I want a cheap hotel near the station",
        "the address|the price per night|the postcode|how many stars it has|whether pets are allowed|the phone number",
    ),
    "train": _subject(
        "errand",
        "train|ticket|bus|connection|coach|earlier train",
        "TR2041|the 9:15|the 17:40 express|the 06:22|the noon train|the night coach",
        "to London|leaving after 9:00|arriving by 18:30|on monday|from Leeds|for 3 people|before noon|direct",
        "I need a train to Norwich on sunday|find me a bus from Leeds to York leaving after 10|book two tickets for wednesday"
        "|what trains arrive before 8:45|i want to travel to the airport on thursday|is there a direct train in the morning",
        "the travel time|the train id|the departure time|the price of a ticket|the platform|when it arrives",
    ),
    "ride": _subject(
        "errand",
        "taxi|cab|ride|car|rental car|shuttle|minivan",
        "a grey Skoda|a black Tesla|a compact|a yellow Ford|an SUV",
        "to the museum|leaving at 17:15|from the hotel|for 5 people|at noon|tomorrow morning|with automatic",
        "I need a taxi to take me to the museum|book a cab from the hotel to the restaurant|get me a ride to the airport at 5"
        "|i'd like to rent a car for the weekend|please arrange a shuttle by 11:30|find me a minivan to hire in march",
        "the contact number|the car type|the price|the colour of the car|when it comes|how long the ride is",
    ),
    "sights": _subject(
        "errand",
        "museum|attraction|park|gallery|theatre|swimming pool|event|concert|game|show",
        "the Fern Gardens|Old Mill Museum|City Gallery|the Night Market|Jazz at the Dome|Harbour Theatre",
        "in the west|with free entry|this weekend|near my hotel|on the 5th|for kids|outdoors",
        "what is there to see in the city centre|I am looking for a museum in the west|find me a concert on saturday"
        "|are there any parks nearby|buy two tickets for the game on the 9th|i want to do something fun with my kids",
        "the entrance fee|the address|the opening hours|the phone number|where it takes place|what time it starts",
    ),
    "flight": _subject(
        "errand",
        "flight|one way flight|return flight|seat|airline ticket",
        "a Delta flight at 7:05|the American Airlines flight|the 6 am flight|a nonstop for $214|Air Canada",
        "to Chicago|on march 3rd|economy|nonstop|under 300 dollars|business class|in the evening|with one bag",
        "I want to fly from Seattle to Denver next monday|find a return flight to Toronto in economy|search for one way flights on the 12th"
        "|book me a seat on the cheapest flight|i need to get to New York tomorrow",
        "the arrival time|the total price|whether there is a layover|the airport|which airline it is",
    ),
    "money": _subject(
        "desk",
        "transfer|payment|card|refund|statement|account",
        "the savings account|the checking account|your Visa card|the standing order",
        "of 250 dollars|to my savings|to Anna|from checking|by friday|today",
        "I'd like to check my balance|transfer 80 dollars to Anna please|why was i charged twice this month|my card has not arrived yet"
        "|how do i top up my account|I want to send money abroad|please close my old account|what is the exchange rate today",
        "the fee|the balance|when it arrives|the limit|the reference number",
    ),
    "shop": _subject(
        "desk",
        "order|parcel|jacket|pair of shoes|phone case|lamp|delivery|return",
        "the blue one|the medium size|the standard delivery|the leather jacket|order 4471",
        "in black|size 42|under 50 euros|by tomorrow|as a gift|with free shipping",
        "where is my order|I want to return these shoes|do you have this jacket in black|i'd like to change the delivery address"
        "|track my parcel please|add two lamps to my basket|the item i received is damaged|can i pay by invoice",
        "the price|the delivery date|the return policy|whether it is in stock|the colours",
    ),
    "helpdesk": _subject(
        "desk",
        "printer|laptop|router|password|login|wifi|screen|update|phone",
        "restarting the router|the reset link|a new driver|safe mode|a factory reset",
        "at home|on windows|since yesterday|in the office|on my phone|after the update",
        "my printer does not print|I forgot my password|the wifi is slow since yesterday|how do i connect a second screen"
        "|my laptop won't turn on|please help me set up my email|the app asks me for a code",
        "the settings|the error code|which cable|how long it takes|the support number",
    ),
    "calendar": _subject(
        "errand",
        "appointment|reminder|meeting|alarm|event|dentist|hair salon|doctor|therapist|house to see",
        "Dr. Morales|Bright Smiles|the 10:30 slot|Hair Studio 9|monday at 2|Dr. Chen",
        "on tuesday|at 3 pm|for an hour|next week|with Paul|in the morning|in San Jose",
        "schedule a meeting with Paul at 3|I need a dentist in Fremont|remind me to call mum tomorrow|am i free on thursday afternoon"
        "|find me a hair salon in Berkeley|book an appointment with a doctor for next week|add dinner with Sue to my calendar",
        "the address|the phone number|how long it lasts|what time it starts|the rating",
    ),
    "weather": _subject(
        "errand",
        "forecast|song|playlist|radio station|podcast|artist|news item",
        "a pop song by Mara|Blue Hours|the morning show|jazz radio|the album Tides",
        "for tomorrow|in Oakland|from 2018|in the kitchen|on the tv|this evening",
        "what's the weather like in Oakland|play some jazz in the kitchen|I want to listen to something new|will it rain on sunday"
        "|find me songs by that singer|turn on the news",
        "the temperature|the wind speed|who sings it|the album|the chance of rain",
    ),
    "cooking": _subject(
        "errand",
        "recipe|dessert|soup|dinner idea|cake|salad|dinner for two",
        "mushroom risotto|lentil soup|apple crumble|chickpea curry|a greek salad",
        "without nuts|in under 30 minutes|vegan|for six|with chicken|gluten free|with what i have",
        "what can I cook with potatoes and eggs|give me a recipe for pancakes|I need a dessert without sugar|how long do i boil the rice"
        "|suggest a quick dinner for tonight|what goes well with salmon",
        "the oven temperature|the calories|how much salt|what i can use instead of butter|how many it serves",
    ),
    "films": _subject(
        "taste",
        "movie|comedy|horror movie|thriller|action movie|drama|documentary|romantic comedy|superhero movie|scary movie|cartoon",
        "Silent Harbor|The Last Orchard|Night Runners|Galaxy Patrol 2|Grandpa's Heist|Midnight Bus|The Iron Crown|Puppy Days|Whiplash|It",
        "with a good plot|from the 90s|with lots of action|like that one|for the family|with great acting|with a twist|that make me laugh",
        "can you recommend a good comedy|I'm looking for a scary movie|hi i want to watch something with my kids|what should i watch tonight"
        "|I like movies like Galaxy Patrol|do you know any good thrillers|any movie with superheroes would be great",
        _TASTE_FACTS,
    ),
    "reading": _subject(
        "taste",
        "book|novel|crime story|biography|fantasy series|series|sitcom|tv show|game|strategy game|album|rap album|band",
        "The Glass Road|Winter Letters|Harrow Lane|Deep Field|Pixel Farm|Kingdoms of Ash|The Quiet Noise",
        "with strong characters|that is not too long|for a trip|with a happy end|with puzzles|from new authors|with good lyrics",
        "recommend me a novel for the holidays|I want to start a new series|what are people playing these days|any good crime stories"
        "|i'm into fantasy at the moment|tell me a band that sounds like the old ones",
        _TASTE_FACTS,
    ),
    "backend": _subject(
        "code",
        "function|endpoint|migration|query|cache|parser|handler|retry logic|config loader",
        "parse_config|the users table|api/orders.py|the retry decorator|SessionStore|worker.go",
        "with tests|without new dependencies|in python|using async|behind a flag|for postgres|in the service layer",
        "add an endpoint that returns the orders of a user|write a function that parses the config file|fix the failing test in test_orders.py"
        "|refactor the session store to use redis|the query in users.sql is slow, speed it up|add retries to the http client"
        "|there is a bug when the list is empty, the parser crashes, please fix it|implement pagination for the list view|explain what worker.go does",
        _CODE_FACTS,
    ),
    "frontend": _subject(
        "code",
        "component|button|form|page|modal|stylesheet|hook|chart|dropdown",
        "LoginForm.tsx|the sidebar|useOrders|theme.css|the settings page|Header",
        "in dark mode|on mobile|with typescript|using the design tokens|with keyboard support|left aligned",
        "make the cancel button red|add a dark mode toggle to the settings page|the header overlaps on mobile, fix the layout|create a form with validation"
        "|move the sidebar to the left|write a hook that loads the orders|the undo feature needs a shortcut|rename Header to TopBar everywhere",
        _CODE_FACTS,
    ),
    "shipping": _subject(
        "code",
        "pipeline|dockerfile|release|deploy script|workflow|test suite|benchmark|branch|pull request|changelog",
        "ci.yml|the Dockerfile|release.sh|main|the staging cluster|Makefile",
        "on every push|for arm64|with caching|before noon|without downtime|for version 2.1",
        "set up a workflow that runs the tests on every push|bump the version to 2.1 and write the changelog|run the test suite and tell me what fails"
        "|commit this and open a pull request|rebase the branch on main|the build fails with exit code 2, find out why|write a dockerfile for the service"
        "|clean up the old branches|check why the deploy hangs",
        _CODE_FACTS,
    ),
    "data": _subject(
        "code",
        "script|notebook|plot|dataframe|csv import|regex|table|report|spreadsheet|summary|email draft|essay",
        "load.py|the sales table|report.ipynb|column D|the second chart|the intro",
        "by month|without the header|sorted by date|as json|with a legend|in german|shorter",
        "plot the sales by month|load the csv and drop the empty rows|write a regex that matches dates|summarise this text in three sentences"
        "|translate the second paragraph into german|the numbers in column D are wrong, find the reason|make a table of all results|draft an email to the team",
        _CODE_FACTS,
    ),
}  # fmt: skip
