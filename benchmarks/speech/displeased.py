# ruff: noqa: E501 - a table of sentences, in the scripts people write
"""What people say when it is not what they wanted, or when they are at a loss. See `meaning.py`."""

from __future__ import annotations

from benchmarks.speech.meaning import Meaning, says

_OFFERED = "offer propose confirm found slot"
_ENDED = "booked more bye found"
_BAD = "failed empty lost insists broke"
_WORK = "did broke plans"

DISPLEASED: dict[str, Meaning] = {
    # --- not what was wanted ---
    "rejects": says(".5 .02 .12 0 0", 13, "errand", _OFFERED, """No, I don't like that one.
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
    "no_offer": says(".3 .01 .05 0 0", 6, "errand taste desk", "offer propose confirm slot ask_like", """No.
no
Nope.
No, I don't.
Not really.
No, I don't think so.
nah
No I have not.
No, not that."""),
    "changes": says(".28 0 .5 0 0", 7, "errand desk", "offer confirm slot found booked failed", """Actually, make it {value}.
Can you change that to {value}?
Actually I would prefer {value} instead.
Change of plans, I need it {value}.
I changed my mind, {value} please.
Could we do {value} instead?
Wait, I'd rather have a {thing} {value}.
How about {value} instead?
Sorry, I meant {value}.
Oh wait, can it be {value}?"""),
    "retries": says(".42 .02 .1 0 0", 11, "errand desk", "failed empty", """How about {value}?
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
    "dislikes": says(".4 .02 .02 0 0", 12, "taste", "propose ask_dislike ask_like slot offer", """I don't like {thing}s.
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
    "rejects_taste": says(".56 .03 .2 0 0", 10, "taste", "propose", """No, I want something {value}.
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
    "unfamiliar": says(".2 0 0 .02 .1", 9, "taste", "propose ask_like", """I haven't seen it.
I have never heard of that one.
No, I haven't seen that.
I don't know that one.
Never watched it.
I'm not familiar with it.
I have not tried that, what is it about?
Not sure, I don't remember it.
I don't know.
Hmm, I'm not sure."""),
    "hesitates": says(".28 0 .05 0 .12", 5, "errand desk code", "offer confirm slot plans found", """I'm not sure.
Hmm, I don't know about that.
I'm not sure yet, what else can you tell me?
Maybe. Is there something {value}?
I guess so.
Hmm. Let me think about it.
I don't know, is {name} any good?
I suppose that's okay.
Not sure about {name}."""),
    # --- correcting ---
    "corrects": says(".68 .06 .95 0 .02", 11, "errand desk taste", "offer confirm slot found booked insists lost propose answers empty", """No, I said {value}.
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
    "corrects_work": says(".66 .05 .96 0 .02", 13, "code", "did plans broke", """no, not like that. {name} must stay as it is
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
    "steers": says(".22 0 .72 0 0", 7, "code", "did plans", """actually, let's do it {value}
please use {name} rather than a new {thing}
can you make the {thing} a bit smaller?
rename it to something shorter
instead of that, put the {thing} into {name}
on second thought keep the old {thing}
hm, make it {value} please
almost, but the {thing} should come first
close, but please keep {name} unchanged
one small change: the {thing} {value}"""),
    "still": says(".8 .18 .35 0 .04", 11, "code desk", "did broke answers plans", """it still doesn't work
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
    "repeats": says(".76 .15 .5 0 0", 9, "", "insists lost offer failed empty slot did propose answers", """I already told you, {value}.
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
    "doubts": says(".5 .06 .22 0 .12", 7, "", "empty failed found did offer booked answers broke", """Are you sure about that?
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
    "resigns": says(".72 .1 .05 0 0", 7, "", _BAD + " offer propose did answers", """Never mind.
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
    "complains": says(".95 .35 .1 0 .03", 12, "", "", """This is not helpful at all.
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
    "rages": says(".98 .96 .12 0 .02", 9, "", "", """are you kidding me?
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
    "mocks": says(".9 .5 .08 .03 0", 8, "", "did broke failed empty booked insists offer answers", """Great, another {thing} that doesn't work.
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
    "points": says(".72 .08 .4 0 .02", 9, "code desk", "did broke answers", """half of the {thing} is missing
it hangs
it crashes on start now
this does nothing
The {thing} is empty.
two of the tests fail here
did you try it? it won't start
not on my machine
it isn't there
I see no change
the {thing} looks ugly now, go back to the old one
your change made the {thing} slower
that hides the problem instead of fixing it
you only changed the comment
the result is wrong, look at {name}
I checked and it is not true
have you tested that? {name} is red
it works for one case only, all others fail
this is far too complicated, I wanted something simple
you just disabled the test
that is cheating
not true, see the output
no, look again, it is in {name}
the file is right there
that's a lie, nothing passes
that's the opposite of what I need
three files for that? one would do"""),
    "orders": says(".7 .2 .55 0 0", 6, "code", "did broke plans", """stop, I told you to ask first
no, wait. don't do anything yet
leave {name} alone
who asked you to change {name}?
bring {name} back
restore what you deleted
I never asked for a {thing}
why would you do that
stop, that is not the task
what have you done
no! first look at {name}
I explicitly said no {thing}
that is too much, keep it small
you were not supposed to touch {name}
ok stop, I will take over
let me do this, you only make it worse
then what is the use of it
so you did nothing at all
pathetic
seriously
ugh
sigh
meh
come on"""),
    "wishes": says(".45 .02 .15 0 0", 8, "errand", _OFFERED, """Is there one that is a bit earlier?
Anything cheaper?
Something sooner would be better.
I was hoping for a lower price.
We already had that this week, what about another one?
I went there before and it was bad.
No I can't make it then, what about the day after?
The rating is too low. Which one is better?
I am busy at that time.
That is not my taste. Find one {value}.
No, show me what there is {value}.
Not that day, I need it {value}.
I would rather not. Next one please.
Ouch, that costs too much.
Hmm, that is a little far.
wait, it was supposed to be {value}
Are those all? I hoped for a {thing} {value}.
It has to be {value}, this one is not."""),
    "answers_again": says(".45 .05 .3 0 0", 6, "errand desk", "lost insists failed empty", """A {thing}. {value}.
I need a {thing}. {value}. Do you understand?
The same as I just said, {value}.
As mentioned, {value}.
Yes, try once more please.
Try {value}, please.
What if it was {value}?
Then any {thing}, please.
Are there any {thing}s at all?
What kind of {thing}s do you have then?
But why? I was there yesterday.
Why can't you?
It was on your website though.
I looked there already and found nothing."""),
    "tells_dislike": says(".38 .01 0 0 0", 8, "taste", "ask_dislike propose ask_like", """It went on and on.
I stopped after the first half.
Nothing happened in it.
The dialogues felt fake and everybody was shouting.
I could not get into it.
There was no suspense, I was bored.
It was overrated if you ask me.
too much talking, not enough action
I felt nothing for the characters.
{name}. It was a waste of an evening.
I expected more from it.
I walked out of the cinema.
The effects looked cheap.
It gave me nightmares, never again.
I find them silly.
I never understood the hype.
They all look the same to me.
no, not really my kind of {thing}"""),
    # --- at a loss ---
    "confused": says(".42 .04 .08 0 .95", 9, "", "did answers lost insists found failed confirm plans offer broke", """I don't understand.
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
    "how_to": says(".12 0 .01 0 .85", 6, "code desk", "nothing greet answers did plans", """how do I use this?
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
