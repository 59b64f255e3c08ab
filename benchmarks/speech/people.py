# ruff: noqa: E501 - a table of sentences, in the scripts people write
"""What people say when all goes its way: they ask, answer, agree, thank. See `meaning.py` and `displeased.py`."""

from __future__ import annotations

from benchmarks.speech.meaning import Meaning, says

_OFFERED = "offer propose confirm found slot"
_ENDED = "booked more bye found"
_BAD = "failed empty lost insists broke"
_WORK = "did broke plans"

CONTENT: dict[str, Meaning] = {
    # --- going on ---
    "request": says(".03 0 .01 .01 .01", 16, "", "greet slot more found answers ask_like did nothing bye booked", """{request}
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
    "inform": says(".05 0 .02 0 0", 12, "errand desk", "slot confirm greet offer insists lost", """{value}
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
It doesn't have to be {value}, but {value} is a must.
Anywhere is fine as long as it is {value}.
I need a {thing} for my friend in the same place.
The same as the other one.
Tuesday at 11:45 for 6 people
My number is 555 0199
I am leaving from the station and going to the {thing}."""),
    "accept": says(".02 0 0 .12 0", 11, "errand desk", "offer confirm found slot more empty failed answers", """Yes please.
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
    "goes": says(".02 0 0 .05 0", 5, "code desk", "plans did answers", """yes
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
fine, push it
ok good
good
ah ok, the server was off, try again please
not before the tests ran, then yes
second one
the one with the {thing}
granted
it is in {name}
slightly bigger please
later. {request}"""),
    "asks": says(".05 0 0 .01 .04", 9, "errand desk", "offer found confirm booked", """What is {fact}?
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
    "asks_taste": says(".05 0 0 .01 .02", 6, "taste", "propose", """What is it about?
Who is in it?
I'd like to know {fact}.
Is it {value}?
Is that the one {value}?
When did that come out?
Is it as good as {name}?
Can you tell me more about it?"""),
    "asks_work": says(".06 0 0 0 .12", 5, "code", "did plans broke", """which file did you change?
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
    "likes": says(".05 0 0 .06 0", 12, "taste", "ask_like greet propose slot", """I really like {thing}s {value}.
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
    "will_watch": says(".02 0 0 .35 0", 8, "taste", "propose ask_like found", """I haven't seen that one but it sounds good.
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
    "indifferent": says(".12 0 0 0 0", 5, "errand desk", "slot offer empty", """It doesn't matter.
I don't care about that.
Any is fine.
No preference.
I don't have a preference, you choose.
I do not mind, as long as it is {value}.
No, I'm not picky about that.
Either one is fine.
Not really, just surprise me.
Anything will do."""),
    "closes": says(".03 0 0 .3 0", 9, "", _ENDED + " did offer propose found", """No, that's all. Thanks!
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
    "not_now": says(".12 0 0 .05 0", 5, "errand desk code", "offer more found slot plans confirm", """No, not right now.
No thanks, I just needed the information.
Not at the moment, thank you.
No need to book, I only want {fact}.
No, I don't need a reservation. What is {fact}?
No thank you, but can you tell me {fact}?
not yet, {request}
No, that's okay for now.
Not today, thanks.
I don't need to book yet."""),
    "no_problem": says(".05 0 0 .15 0", 4, "", "failed empty insists did booked broke answers", """No problem, {request}
No worries, thanks anyway.
That's okay, let's try {value}.
no rush
No problem at all, take your time.
That's alright, thank you for looking.
Okay, no worries. {request}"""),
    "reports": says(".08 0 0 0 .04", 6, "code desk", "nothing greet did plans", """there is an error in {name} when the list is empty, please fix it
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
handle the error when {name} does not exist
delete all wrong rows from {name}
write a script that removes the failed jobs
users see "something went wrong" after the update, find the cause
summarize what annoyed customers say about the {thing}
no framework please, plain html only
why does the {thing} take so long? profile it
the build is broken, find out which commit did it
don't use a library for that. It needs a {thing} and a list
investigate the crash in {name} and write a regression test
fix the login bug
fix the {thing}
there are wrong numbers in {name}, correct them
never log passwords, add a check for that
our worst {thing} is {name}, make it faster"""),
    # --- pleased ---
    "praise": says(".01 0 0 .97 0", 9, "", "did booked found offer propose plans answers more", """Perfect, thank you so much!
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
I'm very happy with this result.
works now, great!
that works great now
now it works like a charm, awesome
Amazing, works now
cool, works perfectly now
now it is perfect
it looks great now, thanks
Awesome, it works now
looks so good, merge it
yay, finally works!
you're a star
this looks so pretty
You have been very helpful, thanks a million.
Exactly right, great stuff.
yes!! that's it
it passes now, well done
so clean, I love it
can't thank you enough
wow that was fast, good job
Splendid.
that's a huge improvement
all good now, thanks!"""),
    "thanks": says(".02 0 0 .62 0", 7, "", "did booked found bye answers more propose", """Thanks.
Thank you very much.
thank you!
Thanks for your help.
ok thanks
Great, thank you.
Thanks, I appreciate that.
cheers
thx
Okay great, thanks for that."""),
    "routine": says(".03 0 0 .32 0", 7, "", "did booked found plans answers", """Great, now {request}
ok good. {request}
Nice. Next: {request}
Perfect. I also need a {thing} {value}.
Thanks! {request}
good, now {request}
Cool, can you also find a {thing}?
great, then {request}
Thank you. Could you also tell me {fact}?
That's great. What is {fact}?"""),
}  # fmt: skip
