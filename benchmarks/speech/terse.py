# ruff: noqa: E501 - a table of sentences, in the scripts people write
"""What developers type between two looks at a screen: few words, no marks, hardly ever a feeling. See `meaning.py`.

Whether it is content shows in what it says of the work: what it does now, what it should have been, what comes next.
"""

from __future__ import annotations

from benchmarks.speech.agents import Move
from benchmarks.speech.meaning import Meaning, says

_DONE = "did broke changed"

TERSE: dict[str, Meaning] = {
    # --- it is not as it was said to be ---
    "shows_failure": says(".84 .03 .12 0 .02", 11, "code", _DONE, """AttributeError: 'NoneType' object has no attribute 'id'
ImportError: cannot import name 'load'
NameError: name 'items' is not defined
SyntaxError: invalid syntax
panic: runtime error: index out of range
exit code 1
1 failed, 12 passed
3 tests fail
5 failed
tests red
build fails
type error in {name}
same error
same result
same output as before
no change here
no difference
404 here
500 on save
times out
segfaults
infinite loop
blank screen
nothing happens when i click the {thing}
the {thing} is gone
the {thing} is twice in there
{name} is empty now
{name} was not changed
{name} does not exist
no such file
there is no {thing} in {name}
git diff shows nothing
it prints None
returns undefined
gives me null
crashes w/ empty input
prints the wrong {thing}
drops the last one
only works for the first {thing}
works in chrome, not in safari
fails on linux
fails in ci
doesnt compile
wont start
cant open {name} anymore
its slower
takes twice as long
it used to work before your change
worked before
lint is red
{thing} overlaps
off by 10px
cut off at the end
now {name} fails
breaks {name}
the old {thing} still shows up
it ignores the {thing}
memory goes up and up"""),
    "contradicts": says(".78 .04 .5 0 .02", 10, "code", _DONE + " plans", """not the {thing}, {name}
i meant {name}
wrong {thing}
wrong file
wrong repo
wrong place, goes into {name}
the other one
the other {thing}
{value}, not like this
i said {value}
you touched {name}
you changed {name} too
you deleted the {thing}
you only did half
you did not run it
you removed the check
you disabled the test
you hardcoded it
thats cheating
thats not {value}
thats the wrong {thing}
thats a workaround not a fix
its a different bug
its not {value}
its the {thing} not {name}
its {name}
that {thing} is in use
who uses that {thing}
we have a {thing} for that already
we never use {name}
there is already a {thing} in {name}
use ours
didnt ask for that
not asked
not part of the task
out of scope
only {name}, nothing else
just the {thing}
too much
too many files
way too long
less
smaller diff
keep {name} as it was
leave {name}
{name} stays
without the {thing}
as in the spec
read the task again
see above
as i wrote
i wrote {value}
like before pls
put it back
back to the old {thing}
revert
revert {name}
undo
undo the last one
first the {thing}, then the rest
the point was to make it {value}
the cause is elsewhere
that only hides it
doesnt solve it
why a new {thing}
why did {name} change
why is the {thing} gone
where is the rest
where did the {thing} go
half of it is missing
and the {thing}? i asked for it
forgot {name}
missed the {thing}
no
nope
no...
hm no
nah
stop
wait no
not yet, it still has the {thing}"""),
    "denies_plan": says(".6 .05 .62 0 0", 5, "code", "plans wonders", """no
no {name} first
no just do the {thing}
neither
none of these
stop planning, do it
dont read everything
skip that, only the {thing}
no {thing}, like i said
you know that already
i told you above
its in the first message
asked and answered
not needed, i wrote that
it is not in the {thing}, look at {name}
cant be the {thing}, that didnt change"""),
    # --- it goes on ---
    "next_step": says(".03 0 .02 .02 0", 17, "code", _DONE + " plans", """now {name}
now the {thing}
next
next one
go on
k
ok
kk
fine
commit
commit it
commit and push
push
push it
open a pr
merge it
release it
run it
run all tests
run the linter
run the benchmark again
show me
show the diff
print the {thing}
add a test
add tests for the error case
add a comment there
test with 0 and -1
also {value}
also in {name}
also for the {thing}
same for {name}
the same for the other {thing}s
same in the docs
rename it to items
make it {value}
make that a flag
make it red
handle missing values
skip the empty ones
return null instead
show nothing if its off
only for admins
make it optional
move it to {name}
extract that into a helper
inline it
sort them
squash the commits
write it down in {name}
update {name}
update the changelog
document it
bump the version
delete the branch
clean up after
log it
leave a note in {name}
leave it for now
good enough
later
todo for later
and with {value}?
and {name}?
and the {thing}?
and if its empty?
and on windows?
what about {name}
what about the {thing}
what if there are two
how big is it now
how many are left
how long does it run
does it {value}?
does that need the {thing}
is {name} covered
is that public
which {thing}
which version
who calls it
where is it stored
default?
limits?
cost?
diff?
status?
done?
pls also check {name}
then the {thing}
then do the {thing} {value}
ok now {request}
{request}"""),
    "gives_answer": says(".03 0 .02 0 0", 10, "code", "wonders plans", """y
n
yes
yep
no
nope
nah not needed
no, later
not now
skip
both
all of them
the first
the second
1
3
a
b, but {value}
either
up to you
you decide
whatever is simpler
the smaller one
{name}
{thing}
in {name}
see {name}
its in {name}
{value}
{value} pls
python 3.12
v2
main
dev
8000
default is fine
same as before
same as in {name}
error is: connection refused
TypeError: expected str, got int
here: KeyError 'name'
stack trace is in {name}
try and see
do it
go
ok go
no its offline today
not on this machine
ask me again tomorrow
one more, then stop
the {thing} without {name}"""),
    "opens": says(".04 0 0 0 .04", 6, "code", "nothing greet", """{thing} is broken on main, fix
tests fail on ci only, why
{name} crashes on startup, trace below
{thing} too slow, profile it
need a {thing} {value}
new {thing} pls, {value}
{request} pls
find out why {name} is never called
remove all unused {thing}s
cleanup {name}
split {name}
dead code in {name}, rm
upgrade all deps
what is {name} for
explain {name}
how do i run this
customers cant pay since monday, find the cause
500s in prod, log attached
dont change the api, only the {thing}
no new deps
port {name} to go
type hints for {name}
{name}: make it {value}"""),
    "is_pleased": says(".02 0 0 .85 0", 4, "code", _DONE, """works
works!
works now
it works
yep works
that works, thx
fixed
ok fixed
solved, ty
looks right
looks better
lgtm
clean
good
good one
good find
nice
nice one
nice, way faster
cool
ok cool
sweet
great
perfect
much better
faster now
all green
green now, thx
thats it
thats what i wanted
exactly
just right
ty
tnx
love it
easier to read
simple, good
so much shorter
down to 2 s, nice
that was it"""),
}  # fmt: skip


def _lines(text: str) -> tuple[str, ...]:
    return tuple(text.split("\n"))


TERSE_MOVES: dict[str, Move] = {
    "changed": Move(0.02, "code", _lines("""Fixed.
Done.
Done, {name} is updated.
I updated {name}.
I fixed the {thing}.
I removed the {thing}.
I moved the {thing} to {name}.
I renamed {name}.
I replaced the {thing}.
I changed {name} to be {value}.
The {thing} is {value} now.
The {thing} works now.
The bug in {name} is fixed.
{name} now compiles.
The tests pass.
All 31 tests pass.
I committed the change.
I pushed the branch.
I wrote the {thing} {value}.
I added the {thing}.
I added a test for {name}.
I set the limit to 50.
I installed the package.
I rewrote {name} with a {thing}.
Here is the {thing}.
I ran the script, it finished.""")),
    "wonders": Move(0.02, "code", _lines("""Which {thing} do you mean?
Which branch should I use?
Which version do you run?
What should I call it?
Should I add a {thing}?
Should it be {value}?
Shall I continue?
Do you want me to change {name} too?
Where is {name}?
Where should the {thing} go?
Can you show me the output?
What does the log say?
Is {name} running?
How many {thing}s do you expect?
I could use {name} or a new {thing}. What do you prefer?
I think the {thing} is the cause. Shall I look there first?""")),
}  # fmt: skip
