# ruff: noqa: E501 - a table of sentences
"""Sentences that no model is trained on, written apart from the tables: `-` displeased, `+` pleased, `.` neither.

The cues and the tables were improved while looking at the first three sets; `unseen` was written after that and is
measured only. A line is: mark | what the agent had said | what the person says.
"""

from __future__ import annotations

from codex_loop.semantics.turn import Turn

_ERRANDS = """
.||Hi, I'm planning a trip and need to find an inexpensive hostel near the old town
.|I found seven hostels there. Should I narrow it by rating?|Sure, the higher the better. It should come with breakfast as well.
.|Two of them include breakfast: Castle Rest and Green Door.|Let's go for Green Door. We will be 3 people staying 2 nights from Thursday.
-|I regret that Green Door has no beds from Thursday. Could another day work?|Hmm. What if we only stayed a single night?
.|That worked! You are all set, code is QQ81.|Wonderful. We will also want to see a cathedral while there.
-|I'm sorry but I have no cathedrals in my database.|Are there any castles then?
-|No castles either, I'm afraid. Anything else you'd be into?|What about any kind of church?
.|There are two: St. Anne and Trinity, both free.|Could I get the street and telephone for Trinity?
.|It's on Hill Road, 0555 118.|That's everything, many thanks.
-|How about a seat on the 13:05 coach?|I told you I have to be there before noon.
-|What is your destination?|Same as I mentioned a moment ago, the airport.
.|What is your destination?|I'm heading for Brighton.
.|Would you prefer first or second class?|second class will do
-|The next departure is at 23:10.|That's way past my bedtime, don't you have anything in the afternoon?
-|Would Thursday at 8 in the evening be alright?|No, it wouldn't. Show me what's open on Wednesday.
-|I can offer Pho Palace on Main Street.|We had enough noodles this week, can you think of another spot?
.|I can offer Pho Palace on Main Street.|What sort of dishes are on their menu, and do they do live music?
.|Pho Palace has live music on weekends.|Alright, I want a table there at a quarter past eight.
.|To verify: Pho Palace, 8:15 pm, 2 people, today?|Yes that's all right.
-|To verify: Pho Palace, 8:15 pm, 2 people, today?|Not today, I need it for the 14th and there will be four of us.
-|Your reservation could not be made. Is there another time that suits you?|Try half past seven, please.
-|I couldn't process this. Shall we try again?|Yes, give it another go.
.|Your table has been reserved.|Cheers, that'd be it for now.
.|Do you want me to get you a cab too?|Nope, we can walk.
.|Any other requests?|nope thats all bye
.|Any other requests?|I need a place for my friend to stay in the same part of town.
-|I have one option in the south for 180 a night.|Yikes. Is there nothing more affordable around?
.|I have one option in the south for 180 a night.|And does this one allow dogs?
.|It does allow dogs.|Good to know. I'd like to reserve it then.
-|The singer is Lena Park, the title is Rain.|I'm looking for some other tune.
-|The singer is Lena Park, the title is Rain.|not my kind of music. find me one from the 80s
.|The singer is Lena Park, the title is Rain.|Which album does it belong to?
.|It's from Weather Girl. Shall I start it?|Sure, play it on the bedroom speaker.
-|There is a showing at 10:40 pm.|Do any of them start a bit sooner?
.|There are 4 showings. Which time?|The one at 6.
.|Which account should I use?|use my savings
.|Please verify: sending 40 dollars to Mia from savings.|Right.
-|Please verify: sending 40 dollars to Mia from savings.|Hold on, it's supposed to be 400.
-|Your transfer couldn't be completed.|Why not? I have plenty of money in there.
-|Sorry, what was that?|I need a bus. To Oakland. Tomorrow.
-|Sorry, what was that?|Do you not speak English?
-|You can find it on our website.|I was on the website before I wrote you and it wasn't there.
.|You can find it on our website.|Ok, I'll have a look there.
-|Your parcel will arrive in 9 days.|nine days?! it was supposed to be here yesterday
.|Your parcel will arrive tomorrow.|ok good
+|Your parcel will arrive tomorrow.|Oh that's fantastic news, thank you ever so much!
+|I have reserved two rooms next to each other as you asked.|You've been extremely helpful, I can't thank you enough.
+|The booking is complete.|Splendid! Just what we needed.
.|Is there a certain area you'd like?|Anywhere really.
.|Is there a certain area you'd like?|It doesn't have to be central, but parking is a must.
.|I'd suggest the Corner House or the Old Bakery.|Which of those would you pick?
.|I'd pick the Old Bakery.|Fine by me.
-|I'd pick the Old Bakery.|I had a terrible evening there once. Next one please.
-|There is one salon with a rating of 3.1.|Hmm that rating isn't very high. Anyone better?
.|There are ten salons. One is Curl Up.|When do they open? And where is it?
-|Curl Up is full at 4 pm. Can you do 6:30?|No I can't. What about the next day?
.|Do you wish to reserve it?|Not yet. First tell me how far it is.
.|Do you wish to reserve it?|No thanks, knowing the name is enough.
-|Do you wish to reserve it?|I don't want this one, see if there is one with air conditioning.
.|Tell me the date.|The 3rd of May, coming back on the 9th.
"""
_TASTES = """
.|Tell me what you enjoy watching.|I enjoy anything with space ships in it.
.|Why is that?|Because it makes me think about how small we are, and the visuals are stunning.
-|And what kind do you avoid?|Mostly slapstick. Those are so dumb, I get bored after five minutes.
-|Which film with robots did you see last?|I believe it was Steel Mind, I couldn't get into it at all.
-|What bothered you about Steel Mind?|The dialogue was wooden and everybody kept shouting.
.|And one that you were happy with?|Oh, I thought The Long Way Up was beautifully done.
-|Could you name another you were unhappy with?|Ocean House. It dragged on forever.
.|What about the lead actress?|She was charming, I would watch anything with her.
-|What do you think of musicals?|ugh, no. people bursting into song isn't for me
.|What do you think of musicals?|They're okay, I watch them with my sister sometimes.
.|What do you think of musicals?|Love them, all of them.
.|Hello!|Hey there! In the mood for something spooky, got a suggestion?
.|Did you catch The Cellar?|Not so far. Is it scary?
.|It's a very scary one.|Then that's the one for tonight!
-|Did you catch The Cellar?|Yeah but I found it pretty weak, more of a comedy to be honest.
-|Try Seven Doors.|I've watched that twice already. Got one that's less famous?
-|Try Seven Doors.|That isn't horror, that's a thriller.
-|Try Seven Doors.|I'd rather not, subtitles give me a headache.
.|Try Seven Doors.|A friend of mine told me about it, so I'll put it on my list.
+|Try Seven Doors.|What a perfect pick, thank you!
-|You should see Clown Town.|clowns? no way
.|You should see Clown Town.|Who plays in that?
.|Hi, which genres do you go for?|I go for crime and mystery mostly, old stuff like Marlowe.
-|Maybe Cake Wars?|I asked about mysteries, not baking shows
-|Maybe Cake Wars?|That's not even close to what I described.
.|Anything else I can suggest?|No I'm good. Enjoy your weekend!
.|Anything else I can suggest?|Something for the kids too maybe.
-|Maybe Paws and Claws, or Kitten Club?|Those are a bit too childish, mine are teenagers.
.|Maybe Paws and Claws, or Kitten Club?|They adore Kitten Club! Anything along those lines?
.|There is Kitten Club 2.|Neat, will do. Thanks, bye!
-|Do you like westerns?|Not especially.
.|Do you like westerns?|I do, mainly the Italian ones.
-|Do you like westerns?|I never really got why people watch those.
.|What else do you want from a movie?|Good music and a surprise at the end.
-|Have you read The Salt Road?|I gave up after fifty pages.
.|Have you read The Salt Road?|Yes, couldn't put it down!
.|Did you like the ending?|I did, it made me cry.
-|Did you like the ending?|I felt cheated by it, to tell you the truth.
"""
_WORK = """
.||there's a race in the scheduler when two jobs finish at once. reproduce it with a test first
.|I reproduced the race with a test.|good. now make it pass
.|The race is gone; I added a lock.|could a queue be simpler than a lock here? just thinking
-|The race is gone; I added a lock.|I explicitly asked for no locks
-|The race is gone; I added a lock.|it hangs now
-|The race is gone; I added a lock.|hm no. same flakiness on my machine as earlier
-|I deleted the unused helper and its tests.|whoa those tests were not unused, bring them back
-|I deleted the unused helper and its tests.|who told you to delete anything
.|I deleted the unused helper and its tests.|fine. what remains to be done?
+|I deleted the unused helper and its tests.|beautiful, so much cleaner now
-|Would you like me to proceed with the migration?|no!! I want you to look at the schema before anything
.|Would you like me to proceed with the migration?|yep, and write down the steps in the readme
.|Would you like me to proceed with the migration?|not before the backup finished
.||Write a script which deletes all wrong entries from the failed_jobs table
.||users get "Something went wrong" after login, figure out the cause
.||Why does the build take so long? Profile it.
.||don't use any framework, keep it plain html. needs a search box and a list
-|Everything works now.|have you run it? it doesn't start
-|Everything works now.|no it does not, look at the log
-|Everything works now.|Liar. Two tests are red.
+|Everything works now.|confirmed on my side, excellent stuff
.|Everything works now.|merge it then
-|I apologize, you are right. I will correct it.|you said that twice already and nothing changes
.|I apologize, you are right. I will correct it.|ok. use the constant from settings
-|Here are three options for the layout.|none of these fit, we need it to work without javascript
.|Here are three options for the layout.|second one
.|Here are three options for the layout.|Option B, with the sidebar from A.
-|I created five new files.|too much. one file is all I wanted
-|I created five new files.|why five? this could be ten lines
.|I created five new files.|walk me through them
-|The API returns 404, so I mocked it.|mocking it defeats the whole purpose
-|The API returns 404, so I mocked it.|bruh
-|The API returns 404, so I mocked it.|That's cheating. Fix the actual problem.
.|The API returns 404, so I mocked it.|ah, the server was down. try again please
-|I've updated the colors.|they look horrible, go back to how it was
.|I've updated the colors.|slightly darker please
+|I've updated the colors.|ooh pretty! ship it
-|I've updated the colors.|I can't see any difference
.|I've updated the colors.|Next up: the footer.
-|I could not find the config file.|it's right there in the root folder, open your eyes
.|I could not find the config file.|it is in etc/app.conf
-|Done, the docs are regenerated.|half of the pages are empty
.|Done, the docs are regenerated.|thank you. push to the release branch and tag it
-|Done, the docs are regenerated.|ok this is going nowhere, let me handle that
.|I need permission to run the command.|granted
-|The session was compacted.|great, so you forgot all of it
-|I don't have access to the internet.|then what are you good for
.|I don't have access to the internet.|right, I'll paste the page here
.||summarize the complaints in feedback.csv, most people are angry about the slow checkout
+|Tests: 214 passed.|yesss finally! you're a star
"""
_UNSEEN = """
.||Could you get me on a bus going to Leeds?
-|The only bus left is at five in the morning.|Good grief, is that honestly the only one?
-|The only bus left is at five in the morning.|Too early for us, look for a train.
.|The only bus left is at five in the morning.|Alright, and how much is it?
-|How many guests?|Two. You've asked that before.
.|How many guests?|just me and my wife
-|The clinic has no open slots that day.|How about the next morning, then?
.|The clinic is on Baker Street.|Is there parking close by?
-|I've put you down for 3 pm.|3? My message said 4.
+|I've put you down for 3 pm.|Ideal! You made my day.
.|I've put you down for 3 pm.|great, that's all i wanted
-|You may enjoy Lost Harbor.|Nope, slow dramas put me to sleep.
-|You may enjoy Lost Harbor.|I've been through the whole series. Surprise me with something I haven't come across.
.|You may enjoy Lost Harbor.|who directed it?
.|You may enjoy Lost Harbor.|I'm adding it to my watchlist
-|Was there something in it you could not stand?|The lead. So full of himself.
.|And which scene stuck with you?|The one on the bridge, it was so tense.
-|We could not deliver your parcel.|This is the second delivery you have messed up.
.|We could not deliver your parcel.|Please leave it with the neighbour next time.
.||extract the date handling into its own module and cover it with tests
.||the cron job dies silently at night. add logging so we can see why
-|I moved the date handling into dates.py.|the imports are all messed up now
-|I moved the date handling into dates.py.|nobody asked for a new file
.|I moved the date handling into dates.py.|ok, rename it to calendar_dates.py
+|I moved the date handling into dates.py.|sweet, that reads so much better
-|I added a retry.|a retry won't help, the request itself is malformed
-|I added a retry.|read my first message again, slowly
-|I added a retry.|this is not even valid syntax
.|I added a retry.|how many attempts?
.|Shall I delete the old table?|yes but make a dump first
-|Shall I delete the old table?|are you insane? no!
-|It should be fine now.|should be? run the damn tests
"""


def read(table: str) -> list[tuple[Turn, str]]:
    """The turns of a table, each with its mark."""
    rows = (line.split("|", 2) for line in table.strip().splitlines())
    return [(Turn(text, previous or None), mark) for mark, previous, text in rows]


SETS = {"errands": read(_ERRANDS), "tastes": read(_TASTES), "work": read(_WORK), "unseen": read(_UNSEEN)}
