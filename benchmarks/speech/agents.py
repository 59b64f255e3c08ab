"""What agents say, by what they do with it. `{thing}`, `{name}`, `{value}`, `{fact}` are a subject's words."""

from __future__ import annotations

from typing import NamedTuple


class Move(NamedTuple):
    """One thing an agent does."""

    strain: float
    """How likely somebody is displeased after it, whatever is said."""
    kinds: str
    """The kinds of subjects it occurs in; empty: all."""
    lines: tuple[str, ...]


def _move(strain: float, kinds: str, lines: str) -> Move:
    return Move(strain, kinds, tuple(lines.strip().split("\n")))


MOVES: dict[str, Move] = {
    "greet": _move(0.0, "", """Hello, how can I help you?
Hi there! What can I do for you today?
Welcome! What are you looking for?
Hi, how may I assist you
Hello"""),
    "slot": _move(0.03, "errand desk", """What day would you like that?
Sure, for how many people?
Do you have a price range in mind?
Which city should I search in?
What time would you like to leave?
Okay. Where are you coming from?
I can help with that. Do you have a preferred area?
When do you need the {thing}?
What kind of {thing} do you want?
Certainly, what is your account number?
There are 14 {thing}s that match. Do you have other preferences?
I have several options, would you like one {value}?
Is there anything specific the {thing} should have?"""),
    "offer": _move(0.05, "errand desk", """How about {name}? It is {value}.
I found {name}, {value}. Would you like to book it?
I recommend {name}. Shall I make a reservation?
There is {name} which is rated 4.2. What do you think?
{name} would be a good choice. Do you want the details?
I have {name} {value}. Does that work for you?
What about {name}?
There are 5 {thing}s. One is {name}, another is {value}.
I have found 3 options for you. The first is {name}. Would you like to continue with it?
{name} costs 46 dollars and is {value}. Would you like me to reserve it?"""),
    "propose": _move(0.02, "taste", """Have you seen {name}?
I would recommend {name}.
How about {name}? It is a great {thing}.
You might like {name}.
Did you like {name}?
{name} is really good, have you watched it?
What about {name}, it is similar.
Have you tried {name} or something {value}?
I think you would enjoy {name}. It's a {thing} {value}.
Then check out {name}!"""),
    "ask_like": _move(0.02, "taste", """What kinds of {thing}s do you like?
Why do you like {name}?
What was it about {name} that you liked?
Do you have a favourite {thing}?
Can you describe a {thing} you enjoyed?
What did you like about it?
Hi, what sort of {thing} are you in the mood for?
Do you like {thing}s?
Who is your favourite actor?
And what do you think of {name}?
What about {thing}s?"""),
    "ask_dislike": _move(0.1, "taste", """What kinds of {thing}s do you not like?
Is there a {thing} you really disliked?
Why didn't you like {name}?
What did you dislike about it?
Was there anything about {name} you didn't enjoy?
What don't you like about {thing}s?
Could you tell me about a {thing} you hated?"""),
    "found": _move(0.0, "errand desk taste", """The {fact} is listed as 12 Mill Lane.
It is {value}, and the phone number is 01223 555 019.
Yes, it is {value}.
It lasts about 50 minutes.
The {thing} is {value} and costs 20 pounds.
It starts at 7:30 pm and tickets are 65 dollars.
That would be 120 dollars in total."""),
    "booked": _move(-0.4, "errand desk", """Your booking was successful. The reference number is XK42P9.
I have reserved {name} for you. Anything else?
Done! {name} is confirmed.
Booked. Your confirmation code is 77AB21. Can I help with anything else?
Your reservation has been made, enjoy!
Great, the {thing} has been scheduled {value}."""),
    "more": _move(-0.3, "errand desk code", """Is there anything else I can help you with?
Can I help you with anything else today?
Will that be all?
Do you need anything else?
Anything further I can do for you?"""),
    "bye": _move(-0.5, "", """You're welcome! Have a great day.
Glad I could help. Goodbye!
Have a wonderful day!
Happy to help. Bye."""),
    "confirm": _move(0.03, "errand desk", """Please confirm: {name}, {value}. Is that correct?
So you want a {thing} {value}, right?
Just to confirm, you would like {name} {value}.
Let me confirm the details: {name}, {value}, 2 people. Okay?
You said {value}. Shall I go ahead?"""),
    "failed": _move(0.32, "errand desk", """I'm sorry, the booking was unsuccessful. Would you like another time?
Sorry, I could not reserve {name}. Should I try something else?
Unfortunately the reservation failed. Do you want to try a different day?
I was unable to book {name} {value}. Is there another one you want?
I am afraid that did not go through. There was a problem with the system.
I'm sorry, I couldn't complete the {thing}. Please try again later.
Your request was declined, I am sorry. Do you want to change something?"""),
    "empty": _move(0.3, "errand desk", """I'm sorry, there are no {thing}s {value}. Would you like something else?
There is nothing {value}. Shall I look in another area?
I could not find any {thing} {value}.
Unfortunately there are no matches for that. Would you like to change your criteria?
Sorry, no results. How about another price range?
I don't have any {thing} {value}, I'm sorry.
{name} is fully booked. Do you want a different one?
I am not finding anything {value}. Any other preference?"""),
    "lost": _move(0.4, "errand desk taste", """I'm sorry, I didn't understand that. Could you rephrase?
Sorry, I did not get that. Can you say it again?
I am not sure what you mean. Do you want a {thing}?
Could you please clarify?
I did not catch that, could you repeat?
What do you mean by that?"""),
    "insists": _move(0.35, "errand desk taste", """As I said, I need the date first. What day?
I still need to know how many people it is for.
Again, which {thing} do you want?
What {thing} do you want? Please tell me what {thing} you want.
Before I can continue, please provide your phone number once more.
I already told you there is {name}.
Do you like {name}? Do you like {name}?"""),
    "did": _move(0.02, "code", """I updated {name} and added two tests. All tests pass now.
Done. The {thing} is in place {value}.
I've fixed the bug in `{name}`: the check came too late. Let me know if you want anything changed.
Implemented the {thing} {value}. I also cleaned up {name} on the way.
The change is committed on a new branch. Summary: {name} now handles empty input, and the {thing} is covered.
I rewrote {name}. The {thing} should work as expected now.
All done! I created the {thing} and wired it into {name}.
Here is the {thing}: ```def run(items): return [item for item in items if item]``` It covers {name}."""),
    "plans": _move(0.02, "code", """I will first read {name}, then write the {thing}. Shall I go ahead?
There are two ways: change {name}, or add a {thing}. Which one do you prefer?
Do you want the {thing} {value}?
I looked at {name}. The {thing} is created in two places; the second one is not used any more.
Should I also update {name}?
{name} holds the {thing}; it is called from three places."""),
    "broke": _move(0.22, "code", """I couldn't get the tests to pass. The error in {name} is still there.
I apologize for the confusion. You're right, I changed the wrong file. Let me fix that.
I ran into a problem: the {thing} fails with an error I can't explain.
Sorry about that! I have now reverted my change to {name}.
The command failed with exit code 1. I was not able to install the package.
You're absolutely right, I missed that. I have updated {name} now."""),
    "answers": _move(0.02, "desk", """You can find that under Settings. Open {name} and choose the {thing}.
Please go to our website and fill in the form.
The {thing} takes three to five days.
Have you tried {name}?
I have checked your {thing}: everything looks fine on our side.
I have sent you a link. Please follow the steps there."""),
}  # fmt: skip
