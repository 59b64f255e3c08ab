"""Developer chat that no model is trained on: terse, misspelt, some of it not English, few words of feeling.

`-` displeased or correcting, `+` pleased, `.` neither. `CHAT` was looked at while the tables were widened; `FRESH` was
written before that, at the same time, and is measured only. A line is: mark | what the agent had said | what is said.
"""

from __future__ import annotations

from benchmarks.speech.kept_out import read

_CHAT = """
-|I updated the parser to skip empty rows.|still prints the empty rows here
-|I updated the parser to skip empty rows.|it skips all rows now
-|Fixed the import.|same traceback
-|Fixed the import.|nope, line 40 again
-|Fixed the import.|ModuleNotFoundError: No module named 'core.util'
-|The endpoint now returns JSON.|returns html for me
-|The endpoint now returns JSON.|not the endpoint, the cli
-|I renamed the class to OrderBook.|i said OrderLedger
-|I renamed the class to OrderBook.|wrong one. the one in models.py
-|I have added the migration.|where? git status is clean
-|I have added the migration.|you edited 0007 instead of adding 0008
-|I have added the migration.|thats the old migration
-|All 14 tests pass.|pytest says 2 failed
-|All 14 tests pass.|because you skipped them
-|All 14 tests pass.|you changed the asserts
-|I rewrote the module to use asyncio.|didnt ask for a rewrite
-|I rewrote the module to use asyncio.|back to threads pls
-|I rewrote the module to use asyncio.|just the fetch function, not the whole file
-|The button is centered now.|its 20px too low
-|The button is centered now.|on mobile it is off screen
-|Here is the summary of the changes.|i wanted the diff, not a summary
-|Should I also update the docs?|no. only the code, like i wrote
-|Should I also update the docs?|first make it compile
-|I installed lodash.|no new deps please, see CONTRIBUTING
-|I installed lodash.|we use ramda here
-|The query takes 3 s now.|it took 1 s before you touched it
-|The query takes 3 s now.|that is slower
-|I've set the timeout to 30 s.|30 ms not s
-|I've set the timeout to 30 s.|how does that help? the socket is never closed
-|I pushed to main.|to a branch!! undo that
-|Done. The config is loaded from env.|KeyError: 'DB_URL'
-|Done. The config is loaded from env.|doesnt load .env
-|Could you paste the error?|its the 3rd time i paste it
-|Could you paste the error?|scroll up
-|I can't find that function.|its literally in the file you just opened
-|I removed the flag.|the flag stays. remove the env var
-|Ich habe den Test angepasst.|der test war richtig, der code ist falsch
-|Ich habe den Test angepasst.|immer noch rot
-|He corregido el error.|sigue fallando
-|J'ai corrigé la fonction.|ça marche toujours pas chez moi
.|I updated the parser to skip empty rows.|and rows with only spaces?
.|I updated the parser to skip empty rows.|ok now the header row
.|Fixed the import.|run it
.|Fixed the import.|commit
.|The endpoint now returns JSON.|which content type
.|The endpoint now returns JSON.|add a test for the 404 case
.|I renamed the class to OrderBook.|also in the docs
.|I renamed the class to OrderBook.|k
.|I have added the migration.|squash it with 0006
.|I have added the migration.|does it lock the table
.|All 14 tests pass.|open a pr
.|All 14 tests pass.|coverage?
.|I rewrote the module to use asyncio.|what about the retry logic
.|I rewrote the module to use asyncio.|bench it against the old one
.|The button is centered now.|same for the footer btn
.|Here is the summary of the changes.|put it in the changelog
.|Here is the summary of the changes.|skip 3, do 1 and 2
.|Should I also update the docs?|y
.|Should I also update the docs?|no need, theyre generated
.|Should I also update the docs?|later
.|I installed lodash.|pin it
.|The query takes 3 s now.|explain analyze pls
.|I've set the timeout to 30 s.|make it a setting
.|I pushed to main.|tag v1.4
.|Done. The config is loaded from env.|what happens w/o env
.|Could you paste the error?|TypeError: unsupported operand type(s) for +: 'int' and 'str'
.|Could you paste the error?|see log.txt
.|I can't find that function.|its in lib/dates.ts
.|I removed the flag.|grep for other uses
.||dropdown doesnt close on esc, fix
.||why is ci red on #412
.||tests in tests/api are flaky, find out why. dont touch prod code
.||port the perl script to python, same output byte for byte
.||rm the dead code in utils, there is a lot
.||seg fault when i pass an empty list, stack below
.||users complain search is slow
.||bump deps
.|Ich habe den Test angepasst.|danke, als nächstes die doku
.|Ich habe den Test angepasst.|lass alle tests laufen
.|He corregido el error.|ahora añade una prueba
.|J'ai corrigé la fonction.|ok lance les tests
.|Which database do you use?|pg 16
.|Which of the two do you prefer?|2
.|Which of the two do you prefer?|whatever is less code
+|All 14 tests pass.|sweet
+|All 14 tests pass.|thats it, ty
+|The button is centered now.|looks right now
+|I rewrote the module to use asyncio.|10x faster, nice
+|The query takes 3 s now.|wow from 40 s, cool
+|Fixed the import.|works
+|Ich habe den Test angepasst.|passt, super
+|He corregido el error.|genial, funciona
"""
_FRESH = """
-|I fixed the off-by-one in the pager.|last page is empty now
-|I fixed the off-by-one in the pager.|page 1 starts at item 2
-|I fixed the off-by-one in the pager.|reload, same thing
-|I fixed the off-by-one in the pager.|that wasnt the off by one i meant
-|The cache is invalidated on write.|stale reads all over the place after your patch
-|The cache is invalidated on write.|on delete too. i wrote that in the task
-|The cache is invalidated on write.|nothing gets invalidated, checked w/ redis-cli
-|I split the file into four modules.|2 would do
-|I split the file into four modules.|circular import
-|I split the file into four modules.|undo the split, keep the rename
-|I split the file into four modules.|and where did parse_args go
-|The build is green.|not on windows
-|The build is green.|locally maybe. ci is red since your commit
-|The build is green.|you commented out the step that failed
-|I've translated the strings.|the placeholders are gone
-|I've translated the strings.|french not german
-|I translated the comments as well.|comments stay english
-|I added logging to every request.|way to verbose. errors only
-|I added logging to every request.|it logs the password
-|I've updated README.md.|dont update readme, update the docstring
-|I've updated README.md.|the command in there does not exist
-|I used a regex for the address.|there is a parser for that in lib/addr
-|I used a regex for the address.|fails for "a b"@x.org
-|I used a regex for the address.|we talked about this, no regex
-|I restarted the server.|port still in use
-|I restarted the server.|thats staging...
-|The types check now.|cause everything is any
-|The types check now.|tsc: 14 errors
-|What would you like to name the branch?|answered above
-|What would you like to name the branch?|no branch, work on main
-|I added an index on created_at.|its on the wrong table
-|I added an index on created_at.|planner ignores it
-|Let me look at the whole repository first.|no just open main.go
-|Let me look at the whole repository first.|stop reading, start with the fix
-|I think the bug is in the client.|its in the server, i told u
-|I think the bug is in the client.|client hasnt changed in 2 yrs
-|The PDF is generated.|0 bytes
-|The PDF is generated.|blank pages
-|I deduplicated the rows.|dropped 300 rows that were not dupes
-|I deduplicated the rows.|dupes are still there
-|I reverted the change.|wrong commit reverted
-|I mocked the clock in the test.|the test never calls it
-|I mocked the clock in the test.|inject it, dont patch
-|Ich habe die Funktion umbenannt.|nicht die, die andere
-|Ich habe die Funktion umbenannt.|jetzt kompiliert nix mehr
-|He añadido el índice.|no era esa tabla
-|J'ai ajouté le test.|le test passe même sans ton correctif
-|Я исправил ошибку.|ошибка та же
-|修正しました。|まだエラーが出る
-|Ho aggiornato il file.|file sbagliato
.|I fixed the off-by-one in the pager.|and for page size 0?
.|I fixed the off-by-one in the pager.|cherry-pick it to 2.x
.|I fixed the off-by-one in the pager.|show me the diff
.|The cache is invalidated on write.|ttl?
.|The cache is invalidated on write.|add a metric for misses
.|The cache is invalidated on write.|next: the session store
.|I split the file into four modules.|list them
.|I split the file into four modules.|update the imports in scripts/ too
.|The build is green.|merge
.|The build is green.|how long did it take
.|The build is green.|now rebase on develop
.|I've translated the strings.|do spanish as well
.|I've translated the strings.|sort the keys
.|I added logging to every request.|level from settings pls
.|I added logging to every request.|does it include the user id
.|I've updated README.md.|typo in line 3, fix & commit
.|I used a regex for the address.|what does the lookahead do
.|I used a regex for the address.|fine for now, leave a todo
.|I restarted the server.|tail the log for a minute
.|The types check now.|turn on strict
.|What would you like to name the branch?|fix/pager
.|What would you like to name the branch?|u pick
.|I added an index on created_at.|concurrently?
.|I added an index on created_at.|same on updated_at
.|Let me look at the whole repository first.|ok
.|Let me look at the whole repository first.|start w/ docs/arch.md
.|I think the bug is in the client.|prove it with a test
.|I think the bug is in the client.|could be. check the headers it sends
.|The PDF is generated.|email it to me... jk. put it in out/
.|I deduplicated the rows.|count before/after
.|I reverted the change.|ok take the other approach
.|I mocked the clock in the test.|parametrize over timezones
.|Do you want me to continue?|yes
.|Do you want me to continue?|go
.|Do you want me to continue?|not now, brb
.|Do you want me to continue?|1 more file then stop
.||oom in worker after ~2h, heap dump in /tmp/h.prof
.||nobody can log in since yesterdays deploy, find the commit
.||write a cli for this, argparse, no deps
.||pls make the table sortable
.||cant figure out why this returns None, help
.||delete branch feature/x local + remote
.||the linter is wrong here, add a noqa w/ reason
.||refactor: extract the http stuff, keep the public api
.||what does error E1101 mean
.||convert all callbacks to promises, one commit per file
.|Ich habe die Funktion umbenannt.|auch in den tests
.|Ich habe die Funktion umbenannt.|gut, weiter mit punkt 2
.|He añadido el índice.|y en la tabla de pedidos también
.|J'ai ajouté le test.|fais pareil pour le client
.|Я исправил ошибку.|запусти тесты
.|修正しました。|テストも追加して
.|Ho aggiornato il file.|fai il commit
.|The limit is 100 per minute.|where is that set
.|The limit is 100 per minute.|raise to 500
.|Is the service running on port 8080?|9090
.|Is the service running on port 8080?|no its down for maintenance
.|I could use SQLite or Postgres.|sqlite
.|I could use SQLite or Postgres.|whats the tradeoff
.|I could use SQLite or Postgres.|neither, plain files are enough
+|I fixed the off-by-one in the pager.|yep fixed
+|The build is green.|finally, ship it
+|I split the file into four modules.|much easier to read now
+|I added an index on created_at.|4 ms now, great
+|The types check now.|clean. thx
+|I think the bug is in the client.|good catch
+|Ich habe die Funktion umbenannt.|läuft, danke dir
+|J'ai ajouté le test.|parfait merci
+|The PDF is generated.|thats exactly the layout i had in mind
+|I deduplicated the rows.|counts match, lovely
"""

SETS = {"chat": read(_CHAT), "fresh": read(_FRESH)}
