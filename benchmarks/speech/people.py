# ruff: noqa: E501 - a table of sentences, in the scripts people write
"""What people say, by what they mean, and how likely it is to mean each label.

A label is a share, not a yes: of a hundred people who answer an offer with "anything else?", about so many are not
content with how it goes. Trained on shares, the model's probabilities are such shares too.
"""

from __future__ import annotations

from typing import NamedTuple


class Meaning(NamedTuple):
    """One thing people mean."""

    dissatisfied: float
    escalation: float
    correction: float
    praise: float
    confusion: float
    weight: int
    """How often it is said, compared with others."""
    kinds: str
    """Kinds of subjects; empty: all."""
    after: str
    """The agent's moves it follows; empty: any."""
    lines: tuple[str, ...]


def _says(shares: str, weight: int, kinds: str, after: str, lines: str) -> Meaning:
    dissatisfied, escalation, correction, praise, confusion = (float(each) for each in shares.split())
    return Meaning(
        dissatisfied, escalation, correction, praise, confusion, weight, kinds, after, tuple(lines.strip().split("\n"))
    )


_OFFERED = "offer propose confirm found slot"
_ENDED = "booked more bye found"
_BAD = "failed empty lost insists broke"
_WORK = "did broke plans"

MEANINGS: dict[str, Meaning] = {
    # --- going on ---
    "request": _says(".03 0 .01 .01 .01", 16, "", "greet slot more found answers ask_like did nothing bye booked", """{request}
{request}
{request}, {value}
hi, {request}
I also need a {thing} {value}.
I would like a {thing} {value}, please.
Can you find me a {thing} {value}?
Could you get me a {thing}?
Please look for a {thing} {value} as well.
Now I need a {thing} {value}.
We are looking for a {thing}, ideally {value}.
Next, {request}
Let's do a {thing} {value} now."""),
    "inform": _says(".05 0 .02 0 0", 12, "errand desk", "slot confirm greet offer insists lost", """{value}
{value} please
{value}, thanks
It should be {value}.
I'd prefer one {value}.
I would like it {value}.
Yes, {value} please.
For 3 people and {value}.
Make it {value} please.
I'm thinking {value}.
Preferably {value} and {value}.
Let's go with {value}.
Tuesday at 11:45 for 6 people
My number is 555 0199
I am leaving from the station and going to the {thing}."""),
    "accept": _says(".02 0 0 .12 0", 11, "errand desk", "offer confirm found slot more empty failed answers", """Yes please.
Yes, that works for me.
Sounds good, please book it.
Sure, go ahead.
That would be great, yes.
Okay, {name} is fine.
Yes, that's correct.
Perfect, reserve that one.
Yeah that sounds good.
Great, can you book it {value}?
I like that one. Book it please.
That one is okay with me.
I'll take {name}.
Fine, let's do that.
Yes, do it {value}."""),
    "goes": _says(".02 0 0 .05 0", 5, "code desk", "plans did answers", """yes
go ahead
ok do it
continue
yes please, and {request}
sure, do both
looks ok, commit it
next
the first option please
option 2
yes, do that {value}
proceed
Please also update {name}.
ok now {request}
fine, push it"""),
    "asks": _says(".05 0 0 .01 .04", 9, "errand desk", "offer found confirm booked", """What is {fact}?
Can you tell me {fact}?
Could you give me {fact}?
Do you know {fact}?
I need {fact} please.
Is it {value}?
What's {fact} and is it {value}?
How about {fact}?
And {fact}?
Which ones are {value}?
Does it have parking too?
Can I get {fact}, please?"""),
    "asks_taste": _says(".05 0 0 .01 .02", 6, "taste", "propose", """What is it about?
Who is in it?
I'd like to know {fact}.
Is it {value}?
Is that the one {value}?
When did that come out?
Is it as good as {name}?
Can you tell me more about it?"""),
    "asks_work": _says(".06 0 0 0 .12", 5, "code", "did plans broke", """which file did you change?
what does {name} do?
how does the {thing} work?
can you explain {fact}?
show me the diff
where is the {thing} defined?
what are the alternatives to the {thing}?
how long will it take?
is the {thing} also used by {name}?
why is {name} needed here? just curious
Does this also work {value}?"""),
    "likes": _says(".05 0 0 .06 0", 12, "taste", "ask_like greet propose slot", """I really like {thing}s {value}.
I loved {name}, it was so funny.
I enjoy {thing}s because they are exciting.
My favourite is {name}.
I liked the story and the characters.
I usually watch {thing}s {value}.
Well, I love a good {thing}, something like {name}.
The acting was great and I liked the ending.
Yes, I love {thing}s.
Um, I like it when there is a lot of action.
I like {name} and {name}.
It had a great cast and it made me laugh.
Yes I have seen it and I loved it.
I liked how the characters grew.
Something {value}, like {name}.
it was really well made and the music was good"""),
    "will_watch": _says(".02 0 0 .35 0", 8, "taste", "propose ask_like found", """I haven't seen that one but it sounds good.
I will check it out.
Sounds great, I'll watch it tonight.
Oh I have not heard of it, I'll give it a try.
Yes I love that one!
That's a great one!
Great suggestion, I'll add it to my list.
I have been wanting to see that.
No I have not, but I will look it up. Thank you!
Ooh, that sounds interesting.
Yes, I saw it and it was great.
Haven't tried it yet, but it's on my list."""),
    "indifferent": _says(".12 0 0 0 0", 5, "errand desk", "slot offer empty", """It doesn't matter.
I don't care about that.
Any is fine.
No preference.
I don't have a preference, you choose.
I do not mind, as long as it is {value}.
No, I'm not picky about that.
Either one is fine.
Not really, just surprise me.
Anything will do."""),
    "closes": _says(".03 0 0 .3 0", 9, "", _ENDED + " did offer propose found", """No, that's all. Thanks!
No thank you, that is everything.
That's all I need, thank you.
No, I'm good. Bye!
Nope, that will be all.
That's it, thanks for your help.
Thank you, goodbye.
No, thanks. Have a great day!
Nothing else. Bye.
Thanks, that's everything I needed today.
ok bye
Thank you so much for the help, have a nice day
no that's it for today"""),
    "not_now": _says(".12 0 0 .05 0", 5, "errand desk code", "offer more found slot plans confirm", """No, not right now.
No thanks, I just needed the information.
Not at the moment, thank you.
No need to book, I only want {fact}.
No, I don't need a reservation. What is {fact}?
No thank you, but can you tell me {fact}?
not yet, {request}
No, that's okay for now.
Not today, thanks.
I don't need to book yet."""),
    "no_problem": _says(".05 0 0 .15 0", 4, "", "failed empty insists did booked broke answers", """No problem, {request}
No worries, thanks anyway.
That's okay, let's try {value}.
no rush
No problem at all, take your time.
That's alright, thank you for looking.
Okay, no worries. {request}"""),
    "reports": _says(".08 0 0 0 .04", 6, "code desk", "nothing greet did plans", """there is an error in {name} when the list is empty, please fix it
the {thing} crashes {value}. find out why
users complain that the {thing} is slow
I get "file not found" when I run the script, can you look?
the tests in {name} are failing, fix them
{name} has a bug: it returns None instead of an empty list
Please remove the wrong {thing} from {name} and don't touch the rest
make sure it never fails when there is no network
do not add new dependencies. {request}
There's a problem with the {thing} {value}, can you check it?
the button says "sorry, wrong password", change the text
add a test for the case that the {thing} is not there
handle the error when {name} does not exist"""),
    # --- pleased ---
    "praise": _says(".01 0 0 .97 0", 9, "", "did booked found offer propose plans answers more", """Perfect, thank you so much!
That's exactly what I wanted, great job.
Awesome, that works!
Excellent work, I love it.
Wow, this is amazing.
Brilliant, that fixed it.
Great, thanks a lot!
It works like a charm now, thank you!
You are the best, thanks!
Wonderful, you've been a great help.
that's perfect
nice one!
very nice work, thank you
thanks, that did it
Fantastic. This is much better than I expected.
love it
You nailed it.
This is really helpful, I appreciate it.
Super, everything is green now.
I'm very happy with this result."""),
    "thanks": _says(".02 0 0 .62 0", 7, "", "did booked found bye answers more propose", """Thanks.
Thank you very much.
thank you!
Thanks for your help.
ok thanks
Great, thank you.
Thanks, I appreciate that.
cheers
thx
Okay great, thanks for that."""),
    "routine": _says(".03 0 0 .32 0", 7, "", "did booked found plans answers", """Great, now {request}
ok good. {request}
Nice. Next: {request}
Perfect. I also need a {thing} {value}.
Thanks! {request}
good, now {request}
Cool, can you also find a {thing}?
great, then {request}
Thank you. Could you also tell me {fact}?
That's great. What is {fact}?"""),
    # --- not what was wanted ---
    "rejects": _says(".5 .02 .12 0 0", 13, "errand", _OFFERED, """No, I don't like that one.
No. Is there anything else?
Not really. What else do you have?
No, something else please.
Nah, find me another {thing}.
That one is too expensive. Do you have something cheaper?
That's too late for me, is there anything earlier?
I don't want {name}. Any others?
Hmm, I'm not sure about that. Are there any other options?
No, I would prefer a different {thing}.
Can you find something else?
Are there any other {thing}s?
Could you show me some different ones?
Is there another one {value}?
That doesn't work for me.
I'm not interested in that one, what about another?
No, that does not sound good. Keep looking.
Not what I had in mind. Something {value} instead?
Do you have anything else {value}?
No, that's too far away.
Let's try a different {thing}.
No, not that one.
I don't think so. Show me more.
What else is there?
No that won't work, I need one {value}."""),
    "no_offer": _says(".3 .01 .05 0 0", 6, "errand taste desk", "offer propose confirm slot ask_like", """No.
no
Nope.
No, I don't.
Not really.
No, I don't think so.
nah
No I have not.
No, not that."""),
    "changes": _says(".28 0 .5 0 0", 7, "errand desk", "offer confirm slot found booked failed", """Actually, make it {value}.
Can you change that to {value}?
Actually I would prefer {value} instead.
Change of plans, I need it {value}.
I changed my mind, {value} please.
Could we do {value} instead?
Wait, I'd rather have a {thing} {value}.
How about {value} instead?
Sorry, I meant {value}.
Oh wait, can it be {value}?"""),
    "retries": _says(".42 .02 .1 0 0", 11, "errand desk", "failed empty", """How about {value}?
Okay, what about {value} then?
Can you try {value} instead?
Please try again.
Then try a different {thing}.
Is there anything {value}?
What about a {thing} {value}?
Let's try {value} instead.
Could you check again?
Hmm, ok. Do you have any other {thing}?
Can you look for something {value} then?
Ok, is there one in another area?
Yes, please try for 18:00 instead.
Alright, {value} then.
That is too bad. Anything else you have?
Can you try for one night less?
Are you sure? Please check again.
Really? There must be something {value}.
Okay, how about a moderately priced one?
Try {name} then."""),
    "dislikes": _says(".4 .02 .02 0 0", 12, "taste", "propose ask_dislike ask_like slot offer", """I don't like {thing}s.
I did not like that one.
I hate {thing}s, they are boring.
I'm not a fan of {thing}s.
Didn't like {name}, it was too long.
No, I didn't enjoy it at all.
It was boring and the acting was bad.
The plot made no sense.
I thought it was stupid.
I can't stand {thing}s.
It was just too violent for me.
Well, I don't really care for {thing}s because they are predictable.
I didn't find it funny.
It wasn't very good.
Um, I did not like the ending, it was disappointing.
the story was weak and the jokes were lame
I really disliked {name}.
They are too scary for me and I don't enjoy being scared.
I'm not into {thing}s at all.
It felt slow, I nearly fell asleep.
I don't enjoy them, too much blood.
No, I hate that kind of {thing}.
I thought the characters were annoying.
It's just not my thing."""),
    "rejects_taste": _says(".56 .03 .2 0 0", 10, "taste", "propose", """No, I want something {value}.
I've already seen that. Something else?
No, I don't want a {thing}. Any other suggestions?
That's not really what I'm looking for.
I didn't like that one. Do you have any others?
Not that one, I'm looking for a {thing}.
I have seen it and I hated it. What else?
Seen it. Anything else?
No, that is too old. Something newer?
I don't think I would like that.
That is not a {thing}.
No, that one was terrible.
I was looking for something more like {name}.
Hmm, not in the mood for that. Anything {value}?
I'm not really interested in that one.
Already watched both, anything less known?
Those are all too scary. I asked for a {thing}.
I don't like that actor, do you have something else?"""),
    "unfamiliar": _says(".2 0 0 .02 .1", 9, "taste", "propose ask_like", """I haven't seen it.
I have never heard of that one.
No, I haven't seen that.
I don't know that one.
Never watched it.
I'm not familiar with it.
I have not tried that, what is it about?
Not sure, I don't remember it.
I don't know.
Hmm, I'm not sure."""),
    "hesitates": _says(".28 0 .05 0 .12", 5, "errand desk code", "offer confirm slot plans found", """I'm not sure.
Hmm, I don't know about that.
I'm not sure yet, what else can you tell me?
Maybe. Is there something {value}?
I guess so.
Hmm. Let me think about it.
I don't know, is {name} any good?
I suppose that's okay.
Not sure about {name}."""),
    # --- correcting ---
    "corrects": _says(".68 .06 .95 0 .02", 11, "errand desk taste", "offer confirm slot found booked insists lost propose answers empty", """No, I said {value}.
I asked for a {thing} {value}, not {name}.
That's not what I asked for.
No, I need it {value}, not {value}.
I wanted a {thing}, not that.
That is wrong. It should be {value}.
You misunderstood me, I need a {thing} {value}.
I meant {value}.
No no, {value}!
Sorry but that's incorrect, I want {value}.
I didn't ask for that. I asked for {fact}.
That's the wrong {thing}.
I told you {value}.
You got it wrong, it's {value}.
No, I'm looking for a {thing}. Not {name}.
But I need it to be {value}.
I specifically said {value}.
You booked the wrong one, I wanted {value}.
You didn't answer my question. What is {fact}?
That isn't {value} though."""),
    "corrects_work": _says(".66 .05 .96 0 .02", 13, "code", "did plans broke", """no, not like that. {name} must stay as it is
that's not what I asked for, I wanted the {thing} {value}
you changed the wrong file
I said {value}, not in {name}
no, use the existing {thing} instead
revert that, I only wanted the {thing}
why did you delete {name}? put it back
you forgot the {thing}
don't touch {name}, I told you
wrong, the {thing} should be {value}
Undo this. I didn't ask you to change {name}.
no the {thing} goes into {name}, not a new file
this is not right, the {thing} is still missing
You missed the second part: {request}
that's the wrong {thing}, I meant the one in {name}
Instead of a new {thing} just extend {name}.
it should not be {value}
you ignored what I wrote about {name}
I don't want a {thing} there. Remove it.
that broke {name}, please restore it"""),
    "steers": _says(".22 0 .72 0 0", 7, "code", "did plans", """actually, let's do it {value}
please use {name} rather than a new {thing}
can you make the {thing} a bit smaller?
rename it to something shorter
instead of that, put the {thing} into {name}
on second thought keep the old {thing}
hm, make it {value} please
almost, but the {thing} should come first
close, but please keep {name} unchanged
one small change: the {thing} {value}"""),
    "still": _says(".8 .18 .35 0 .04", 11, "code desk", "did broke answers plans", """it still doesn't work
still the same error
Same problem as before, the {thing} is still broken.
the tests are failing again
that didn't fix it, I still get the error
no it's not working, try again
It's still not {value}.
this keeps happening
you said it was fixed but {name} still fails
nope, still crashes
I already tried that and it did not help.
Already did that, no change.
the error is back
now {name} is broken too
Nothing changed. The {thing} is still wrong.
it's worse now, the {thing} does not even start
That doesn't help me at all.
that link does not work either
still nothing"""),
    "repeats": _says(".76 .15 .5 0 0", 9, "", "insists lost offer failed empty slot did propose answers", """I already told you, {value}.
As I said before, I want a {thing} {value}.
I just told you that.
Again: {request}
For the third time, {value}.
You already asked me that.
I said {value} already.
Like I said, a {thing} {value}.
I've already given you that information.
you keep asking the same question
You keep suggesting {name}. I don't want it.
I repeat: {request}
Once more, I need a {thing} {value}!
That's the same one you offered before.
didn't I just say {value}?"""),
    "doubts": _says(".5 .06 .22 0 .12", 7, "", "empty failed found did offer booked answers broke", """Are you sure about that?
Are you sure there is nothing {value}?
Really? That can't be right.
Can you double check please?
That doesn't sound right.
Did you even look at {name}?
Is that really all you have?
Did you actually run it?
Hmm, I don't think that is correct.
How come there are no {thing}s?
But {name} is {value}, isn't it?
Do you actually know {fact}?
That seems wrong. Please check once more.
I doubt that."""),
    "resigns": _says(".72 .1 .05 0 0", 7, "", _BAD + " offer propose did answers", """Never mind.
Forget it, I'll look elsewhere.
Okay, forget about it then.
I'll do it myself.
never mind, leave it
That's too bad. I'll try somewhere else.
Whatever.
I give up.
Then there is no point, thanks anyway.
I guess I have to find it on my own.
ok then just skip it
No, then I won't book anything.
Don't bother.
Then I'll just call them myself."""),
    # --- complaints ---
    "complains": _says(".95 .35 .1 0 .03", 12, "", "", """This is not helpful at all.
You are not listening to me.
This is useless.
I'm really disappointed with this.
That's a terrible {thing}.
This is taking way too long.
You're not helping.
That was a bad suggestion.
This is so frustrating.
I am not happy with this.
None of this makes any sense.
That is a really poor answer.
What a waste of time.
Your suggestions are awful.
This doesn't answer my question at all.
I'm getting annoyed.
you are making it worse
this is a mess
Why is this so complicated?
The quality of this is unacceptable.
I expected better.
Why can't you just do what I ask?
Why didn't you tell me that before?
Do you not understand what I want?
it's always the same problem with you"""),
    "rages": _says(".98 .96 .12 0 .02", 9, "", "", """are you kidding me?
What the hell is wrong with you?
This is ridiculous!!
STOP changing {name}!!!
I SAID {value}!!!
wtf, you deleted my {thing}
this is fucking useless
for god's sake just do it
I've had enough. Let me talk to a real person.
I want to speak to a manager now.
You are wasting my time!
how many times do I have to tell you???
Seriously? Again?!
Unbelievable. You broke it AGAIN.
I'm sick of this, cancel everything.
what is this crap
you idiot, that was the wrong {thing}
Come on, this is the fifth time!
are you even reading what i write
JUST GIVE ME THE {thing}
enough already!! stop it
damn it, it is broken again
I will never use this again.
This is the worst service I have ever had.
omg how can you be so stupid"""),
    "mocks": _says(".9 .5 .08 .03 0", 8, "", "did broke failed empty booked insists offer answers", """Great, another {thing} that doesn't work.
Thanks for nothing.
Oh great, now it's broken.
Wow, thanks for deleting my {thing}.
Nice, now nothing works.
Perfect, except that it is the wrong {thing}.
Brilliant, you broke {name}.
yeah right
How helpful.
Great job breaking the {thing}.
Oh wonderful, yet another error.
Just great. Now I have to do it all over.
Bravo, it's worse than before.
Well that was useful... not
oh good, it fails again
Thanks, but that's not what I wanted.
Great, but it still doesn't work.
ok thanks but this is wrong"""),
    # --- at a loss ---
    "confused": _says(".42 .04 .08 0 .95", 9, "", "did answers lost insists found failed confirm plans offer broke", """I don't understand.
What do you mean by that?
what does that mean?
I'm confused, which {thing} is it?
huh?
That makes no sense to me.
What are you talking about?
I don't get it.
Sorry, I am lost. Can you explain that again?
Can you explain that more simply?
I don't follow, why {name}?
what is a {thing}?? I don't get this
What am I supposed to do now?
This is unclear to me.
Can you clarify what you mean with {name}?
I have no idea what {name} is supposed to be"""),
    "how_to": _says(".12 0 .01 0 .85", 6, "code desk", "nothing greet answers did plans", """how do I use this?
Where do I find the {thing}?
how can I turn the {thing} on?
I'm not sure how this works, where do I start?
how am I supposed to run it?
Which button do I press?
I don't know how to open {name}, can you help?
where can i see the {thing}
can you even edit files or do I have to do that myself?
what can you do?
How do I get back to the previous {thing}?
is there a command for that? I can't find it"""),
}  # fmt: skip
