# ruff: noqa: E501, RUF001 - a cue is one line of a table, in the scripts people write
"""Phrases that tell something: of a person, of the agent before, and of a person where programs are spoken of.

A cue is no verdict: "no" after "anything else?" is content, after "shall I?" it is not. The model weighs cues, and
pairs of a person's cue with an agent's. Texts come with plain apostrophes.
"""

from __future__ import annotations

import re

_FILL = (
    r"^\W*(?:(?:um+|uh+|er+|hm+|mm+|well|oh|ok|okay|ah|so|and|but|sorry|hey|hi|hello|man|honestly|actually|yeah)\b\W*)*"
)


def _cue(*patterns: str) -> re.Pattern[str]:
    return re.compile("|".join(patterns), re.IGNORECASE)


PERSON: dict[str, re.Pattern[str]] = {
    "no": _cue(
        _FILL
        + r"(?:no+|nope|nah|not (?:really|at all|exactly|quite|particularly|for me|what)|nein|non|no|não|nao|нет|не)\b",
        r"^\W*(?:不是|不对|不行|不要|不用|没有|いいえ|いや|違|ちがう|아니|아뇨)",
    ),
    "yes": _cue(
        _FILL
        + r"(?:y|yes+|yea+h*|yep|yup|sure|ok|okay|alright|right|correct|exactly|fine|absolutely|definitely|of course"
        r"|sounds|that (?:works|sounds|would|is (?:fine|good|great|correct|right))|please do|go ahead|ja|genau|oui|d'accord|sí|si"
        r"|claro|vale|sim|certo|va bene|да|хорошо)\b",
        r"^\W*(?:好|可以|是的|对|行|はい|ええ|うん|お願い|네|예|응|좋아)",
    ),
    "not": _cue(
        r"\b(?:not|never|cannot|cant|dont|doesnt|didnt|isnt|wasnt|arent|wont|wouldnt|couldnt|shouldnt|havent|hasnt|hadnt|aint"
        r"|without|neither|nor|nothing|none|nicht|nichts|kein\w*|nie|pas|jamais|rien|aucun\w*|nunca|nada|ning\w+|não|nem|mai"
        r"|niente|nessun\w*|не|нет|ни\w+)\b|n't\b|不|没|ない|ません|안 |못|없|아니",
    ),
    "thanks": _cue(
        r"\b(?:thanks?|thank (?:you|u)|thx|ty|tysm|cheers|appreciate\w*|grateful|danke\w*|vielen dank|merci|gracias|obrigad[oa]"
        r"|grazie|спасибо|благодар\w+)\b|谢谢|多谢|感谢|ありがと|감사|고마",
    ),
    "praise": _cue(
        r"\b(?:perfect(?:ly)?|excellent|awesome|brilliant|amazing|fantastic|wonderful|superb|outstanding|impressive|lovely|neat"
        r"|beautiful|gorgeous|great|nice|cool|sweet|good (?:job|work|stuff|call|catch|one)|well done|nailed it|spot on|love (?:it|this|that)"
        r"|like a charm|exactly what|just what|life ?saver|you rock|you'?re the best|kudos|bravo|happy with|super|toll|klasse"
        r"|prima|perfekt|ausgezeichnet|großartig|wunderbar|parfait|génial|excellent|super|perfecto|genial|excelente|estupendo"
        r"|increíble|perfeito|ótimo|maravilhoso|perfetto|ottimo|fantastico|bravissim\w+|отлично|супер|прекрасно|идеально|класс)\b"
        r"|太好了|完美|很棒|太棒|厉害|素晴らしい|完璧|最高|すごい|완벽|훌륭|최고|대박|👍|🎉|❤|🙏|😀|😊|:\)|:D",
    ),
    "pleased_result": _cue(
        r"\b(?:(?:that|it|this|everything|all)(?:'s| is)? (?:now )?(?:works?|worked|working|fixed|did it|did the trick|solved|passes|green)"
        r"|works (?:now|like a charm|great|perfectly|well|fine|as expected)|problem solved|(?:exactly|just) (?:what|right|as) i"
        r"|funktioniert (?:jetzt|super|perfekt|wunderbar)|ça marche|funciona (?:perfect\w+|bien|muy)|funciona\b|funziona|работает)\b"
        r"|能用了|可以了|搞定|動きました|うまくいき|잘 (?:돼|되|작동)",
    ),
    "dislike": _cue(
        r"(?:\b(?:do|did|does|would|was|were|am|is|are|i'm|im)\s*(?:not|n't)|\bdont|\bdidnt|\bwasnt|\bnot|\bnever|n't)"
        r"(?:\s+\w+){0,3}?\s+(?:like|love|enjoy|care (?:for|much)|into|fan|fond|keen|interested|interesting|appeal\w*|impressed|crazy about|happy"
        r"|thrilled|convinced|my (?:thing|taste|style|favou?rite|cup|type|kind)|for me|funny|scary|good|great)\b",
        r"\b(?:hate[sd]?|dislike[sd]?|can(?:'?t|not) stand|loathe|despise|detest|turned? (?:me )?off|put me off|no fan|not my"
        r"|mag (?:ich )?(?:das |es )?nicht|gefällt mir nicht|n'aime pas|no me gust\w+|não gost\w+|non mi piac\w+|не нравит\w+)\b"
        r"|不喜欢|讨厌|好きじゃない|嫌い|싫|마음에 안",
    ),
    "like": _cue(
        r"\b(?:i|we) (?:really |also |do |just |absolutely |kind of |always )*(?:like|love|enjoy|prefer|adore|liked|loved|enjoyed)\b",
        r"\b(?:my favou?rites?|big fan|favou?rite)\b",
    ),
    "unfamiliar": _cue(
        r"(?:n't|\bnot|\bnever|havent)\s+(?:\w+\s+){0,2}?(?:seen|heard|watched|tried|read|know|familiar|remember|recall)\b",
        r"\b(?:no idea|not sure|unsure|dunno|idk|no clue|hard to say|can'?t say)\b",
    ),
    "else": _cue(
        r"\b(?:some(?:thing|where|one)|any(?:thing|where|one)|what|who|where|which|ones?) else\b|\belse\b|\b(?:an)?other\b"
        r"|\bothers\b|\bdifferent(?:ly)?\b|\balternativ\w*|\binstead\b|\banders\b|\bandere[nrs]?\b|\bautre\b|\botr[oa]s?\b|\boutr[oa]s?\b"
        r"|\baltr[oiae]\b|друг(?:ой|ое|ие|ую)|\bvielmehr\b|\bstattdessen\b|\bplutôt\b|别的|其他|另外|换一|他の|別の|다른",
    ),
    "how_about": _cue(
        r"\b(?:how|what) about\b|\b(?:can|could) (?:you|we|i) (?:\w+ )?try\b|\btry\b|\bmaybe\b|\bperhaps\b|\bwas ist mit\b|\bet pour\b"
    ),
    "negative": _cue(
        r"\b(?:bad(?:ly)?|terribl[ey]|awful(?:ly)?|horribl[ey]|poor(?:ly)?|bor(?:ing|ed)|dull|stupid|dumb|silly|slow|wrong(?:ly)?|worse|worst|lame|cheesy"
        r"|disappoint\w+|annoy\w+|frustrat\w+|upset\w*|unhappy|dissatisf\w+|unsatisf\w+|unaccept\w+|useless|pointless|ridiculous|absurd|pathetic|nonsense"
        r"|garbage|rubbish|trash|crap(?:py)?|mess(?:y|ed)?|broken|sloppy|lazy|confus\w+|weird|strange|odd|ugly|gross|disgust\w+|creepy"
        r"|expensive|pricey|overpriced|too (?:\w+)|overrated|unrealistic|predictable|violent|gory|depressing|sad|hard to follow|hated?|sucks?|sucked|fail\w*"
        r"|unfortunate(?:ly)?|sadly|shame|pity|problem\w*|issue\w*|trouble\w*|concern\w*|worr(?:y|ied|ies)|unreliable|inaccurate|incorrect|irrelevant|unhelpful"
        r"|schlecht|falsch|blöd|dumm|schlimm|furchtbar|schrecklich|mies|enttäusch\w+|ärgerlich|nutzlos|kaputt|mauvais|nul|faux|terrible|horrible|déçu\w*"
        r"|inutile|mal[oa]?|pésim[oa]|fatal|incorrecto|decepcion\w+|inútil|ruim|péssim[oa]|errad[oa]|horrível|terrível|sbagliat[oa]|pessim[oa]|delus[oa]"
        r"|плох\w*|ужасн\w*|неправильн\w*|неверн\w*|бесполезн\w*|кошмар)\b|错|糟|差劲|垃圾|没用|失望|烂|ひどい|最悪|だめ|駄目|間違|残念|別로|별로|엉망|잘못|최악|실망|틀렸",
    ),
    "curse": _cue(
        r"\b(?:wtf|wth|ffs|omfg|f+u+c+k\w*|f\*+\w*|sh[i*]t\w*|bullshit|damn(?:ed|it)?|dammit|goddamn|hell|crap|idiot\w*|moron\w*|stupid|screw (?:this|you)|bloody"
        r"|scheiß\w*|scheiss\w*|verdammt\w*|mist|merde|putain|bordel|mierda|joder|carajo|coño|porra|merda|caralho|cazzo|чёрт|черт|блин|бля\w*|хрен\w*)\b"
        r"|他妈|妈的|靠|操|くそ|クソ|ふざけ|씨발|젠장|짜증|😡|🤬|😤|🤦|🙄",
    ),
    "fed_up": _cue(
        r"\b(?:fed up|sick of|tired of|enough|had it|come on|for (?:god|heaven|fuck|pete)'?s sake|seriously|are you (?:kidding|serious|joking|deaf|blind|stupid|even)|unbelievable|incredible"
        r"|how (?:hard|difficult|many times|often|long)|wast(?:e|ed|ing)|(?:third|fourth|fifth|tenth|second|hundredth|last|\d+(?:st|nd|rd|th)) time|\d+ times|times already|over and over|again and again"
        r"|hours?\b.{0,20}(?:wait|wast|on this)|all (?:day|morning)|what(?:'s| is) wrong with you|cancel (?:my|the|this) (?:account|subscription)|speak to (?:a|the|your|someone|some)|talk to (?:a|the|your) (?:human|person|manager|supervisor|agent|real)"
        r"|real person|manager|supervisor|refund|report (?:you|this)|never (?:use|using|again)|stop (?:it|doing|asking|that|changing|wasting|ignoring|telling|repeating)"
        r"|reicht(?:'s| es)|genug|zum (?:dritten|zweiten|letzten|hundertsten) mal|j'en ai (?:marre|assez)|ras le bol|ça suffit|basta|estoy harto|harta|por enésima|ya van|chega|cansei|já chega|sono stufo|хватит|надоело|сколько можно)\b"
        r"|够了|受够|第[二三四五]次|几次|いい加減|何度|何回|그만|몇 번|지겹",
    ),
    "correcting": _cue(
        r"\b(?:i (?:said|meant|mean|asked|told|wanted|requested|specified|was (?:asking|looking|talking)|specifically)|actually|rather than|instead of|as i (?:said|asked|wrote)|like i (?:said|asked)"
        r"|that(?:'s| is| was|s) (?:not|n't|wrong|incorrect|the wrong)|that isn'?t|that wasn'?t|this (?:is(?: not|n't)|isnt)|not (?:what|the one|the (?:right|same)|that|there|like that)|it(?:'s| is|s) (?:not|wrong|supposed)"
        r"|supposed to|should(?:'ve| have|n't| not| be|nt)|you (?:misunderst\w+|misread|misheard|forgot|missed|broke|removed|deleted|changed|ignored|got (?:it|that|the)|skipped|left out|made|put|picked|chose|were|didn't|did not|still)"
        r"|wrong (?:one|file|day|date|time|place|person|address|name|number|way|branch|order|item|city|account)|mistake|correct(?:ion)?|change (?:that|it) (?:to|back)|make (?:that|it)|revert|undo|put (?:it|that) back|roll (?:it )?back|don'?t (?:touch|change|do|use|add|remove|delete|want)"
        r"|ich (?:meinte|sagte|wollte|habe gesagt)|sondern|eigentlich|das (?:ist|war) (?:nicht|falsch)|je (?:voulais|parlais|disais)|j'ai dit|ce n'est pas|c'est pas|en fait|dije|quise decir|quería|no es|eso no|en realidad|eu (?:disse|quis|queria)|não é|na verdade|ho detto|volevo|intendevo|non è|я (?:сказал|имел|просил|хотел)|это не)\b"
        r"|我(?:说|是说|要的|的意思)|不是这|应该是|そうじゃな|ではなく|じゃなくて|말고|아니라|그게 아니",
    ),
    "repeating": _cue(
        r"\b(?:again|already|still|keeps?|keep on|once more|same (?:old )?(?:thing|error|problem|issue|result|answer|question|mistake|output|trace\w*|stack\w*|line|exception|warning|crash|failure)|the same|repeat(?:ed|edly|ing)?|as before|another time|back to|even after"
        r"|wieder|immer noch|schon|nochmal|noch einmal|encore|toujours|déjà|otra vez|de nuevo|sigue|todavía|ya|de novo|ainda|continua|outra vez|ancora|di nuovo|già|опять|снова|всё ещё|все еще|уже)\b|又|还是|再|仍然|まだ|また|もう一度|아직|또|여전히",
    ),
    "resigning": _cue(
        r"\b(?:never ?mind|nvm|forget (?:it|about it|this|that)|give up|giving up|drop it|leave it|skip it|whatever|i'?ll (?:just )?(?:do|look|find|try|call|handle|figure|fix|write|go) (?:it |this )?(?:myself|elsewhere|somewhere|someone|another|with)|do it myself|no point|not worth|too bad|that'?s too bad|guess (?:not|so|i)|i suppose"
        r"|vergiss es|egal|lass (?:es|gut sein)|laisse tomber|tant pis|olvídalo|déjalo|da igual|esquece|deixa (?:pra lá|estar)|lascia (?:perdere|stare)|забудь|неважно|ладно)\b|算了|不用了|もういい|結構です|됐어|됐습니다",
    ),
    "doubting": _cue(
        r"\b(?:are you (?:sure|certain|positive)|is that (?:right|true|all|it|really)|really\s*\?|double[- ]check|check again|look again|how come|that can'?t be|that doesn'?t (?:sound|seem|look|make)|doesn'?t (?:sound|seem|look) right|do you (?:even|actually|really)|did you (?:even|actually|really)|can you (?:even|actually)|have you (?:even|actually)|bist du sicher|sicher\?|tu es sûr|vous êtes sûr|estás segur[oa]|tem certeza|sei sicur[oa]|ты уверен)\b|确定吗|真的吗|本当に|本当ですか|확실|정말\?",
    ),
    "why": _cue(
        r"\bwhy (?:did|are|is|do|does|would|can|could|was|were|have|has|not|on earth|the|isn|don|didn|won|doesn|in the world|so)\b|\bwhat (?:the|are you|on earth)\b|\bwarum\b|\bwieso\b|\bpourquoi\b|\bpor qu[eéê]\b|\bperché\b|\bпочему\b|\bзачем\b|为什么|怎么(?:又|还|会)|なんで|なぜ|どうして|왜",
    ),
    "lost": _cue(
        r"\b(?:confus\w+|(?:do|did|does)(?: not|n't|nt) (?:\w+ )?(?:understand|follow|get (?:it|this|that|what|why|how))|what (?:do you mean|does (?:that|this|it) mean|is (?:that|going on|happening)|are you talking)|mean by|makes? no sense|doesn'?t make (?:any )?sense|unclear|huh|lost (?:me|here|now)|i'?m lost|how (?:do|can|am|should) i (?:even |actually )?(?:use|do|get|start|find|run|see|tell|know|proceed|make|turn|open)|where (?:do|can|am|should) i|what am i (?:supposed|meant)|come again|pardon|excuse me|explain|verstehe (?:ich )?nicht|versteh\w* (?:das |es )?nicht|was (?:meinst|bedeutet|heißt)|je ne comprends pas|comprends? pas|que (?:voulez|veux)|no entiendo|qué (?:significa|quieres)|não entend\w+|o que (?:significa|você quer)|non (?:capisco|ho capito)|cosa (?:significa|intendi)|не понима\w+|не понял\w*|что (?:значит|это))\b|不明白|看不懂|什么意思|不懂|わから|分から|どういう意味|意味が|이해가|무슨 (?:뜻|말)|모르겠|🤔|😕",
    ),
    "broken": _cue(
        r"\b(?:(?:does|do|did|is|was|are)(?: not|n't|nt)|won'?t|not|never|can'?t|doesnt|isnt) (?:\w+ )?(?:work\w*|load\w*|start\w*|compil\w*|run\w*|build\w*|pass\w*|open\w*|help\w*|respond\w*|show\w*|fix\w*|change\w*|happen\w*|go through)\b|\b(?:errors?|crash\w*|fail(?:s|ed|ing|ure)?|broke[n]?|bug(?:gy|s)?|funktioniert nicht|geht nicht|klappt nicht|ne (?:marche|fonctionne) pas|no funciona|não funciona|non funziona|не работает|ошибк\w*)\b|报错|不能用|失败|出错|不工作|動かない|動きません|エラー|안 (?:돼|되|됩)|오류|에러",
    ),
    "indifferent": _cue(
        r"\b(?:(?:do|does)(?: not|n't) (?:really )?(?:matter|care|mind)|dont (?:care|mind)|any(?:thing)? (?:is|will|would|one) (?:be )?(?:fine|ok|okay|good|do|works?)|no preference|either (?:one|is|way)|up to you|you (?:choose|pick|decide)|surprise me|whichever|whatever works|not picky|egal|peu importe|da igual|não importa|tanto faz|non importa|всё равно|все равно)\b|都可以|随便|何でも|どちらでも|상관없",
    ),
    "closing": _cue(
        r"\b(?:that(?:'s| is| will be| would be|'ll be|s) (?:all|it|everything)|that'?s (?:ok|okay|fine|alright) for now|nothing else|no(?:thing)? more|all set|all (?:i|we) need\w*|i'?m (?:good|all set|done|fine)|we'?re (?:good|done|all set)|good ?bye|bye|see you|have a (?:good|great|nice|lovely)|no,? thank|no (?:problem|worries|rush|need|thanks)|not (?:right now|at the moment|today|now|for now)|das (?:ist|wäre|war) alles|c'est tout|eso es todo|nada más|é só isso|é tudo|è tutto|это всё|это все)\b|没有了|就这样|以上です|大丈夫です|괜찮아요|다예요",
    ),
    "asking": _cue(
        r"\?\s*$|？\s*$", r"\b(?:what|when|where|who|which|how)(?:'s| is| are| much| many| long| far| do| does)\b"
    ),
    "please": _cue(
        r"\b(?:please|pls|plz|could you|can you|would you|bitte|s'il (?:te|vous) plaît|por favor|per favore|пожалуйста)\b|请|ください|お願い|주세요|부탁"
    ),
    "needing": _cue(
        r"\b(?:i(?:'m| am| was)? (?:need|want|looking|would like|'d like|have to)|i'd like|i need|we need|find me|book|search|show me|get me|give me|add|write|create|implement|run|update|let'?s|now)\b"
    ),
    "but": _cue(
        r"\b(?:but|however|although|though|except|unless|yet|aber|jedoch|mais|pero|mas|però|ma|но)\b|但|可是|でも|しかし|けど|하지만|근데"
    ),
    "mock": _cue(
        r"\b(?:thanks? (?:you )?(?:for|a lot for) (?:nothing|wasting|breaking|deleting|ignoring)|(?:great|nice|wonderful|fantastic|perfect|brilliant|lovely|awesome|oh good|super|toll|génial|genial)[,.!…]* (?:another|now (?:it|the|nothing|everything|i)|it'?s (?:broken|worse|still)|yet another|more|just (?:great|what i needed)|that'?s (?:broken|worse)|job (?:breaking|deleting|ignoring)|so now|except|jetzt|maintenant|ahora)|just great|how (?:helpful|nice of you|useful|clever|lovely)|so helpful|very helpful indeed|what a surprise|big surprise|bravo|slow clap|real genius|genius|yeah,? right|as if|good luck with|if only|oh wow|wow,? (?:just|so|thanks|really|great|another))\b",
    ),
    "limits": _cue(
        r"\b(?:too (?:far|expensive|late|early|long|much|slow|big|small|many|short|pricey|cheap|crowded|old|complicated)|not (?:enough|cheap|close|early|late|long|big))\b"
    ),
}

AGENT: dict[str, re.Pattern[str]] = {
    "apology": _cue(r"\b(?:sorry|apolog\w+|unfortunately|regret|afraid|my (?:mistake|bad|fault)|oops|entschuldig\w*|leider|tut mir leid|désolé\w*|malheureusement|lo siento|perdón|disculp\w*|lamentablemente|desculp\w*|infelizmente|sinto muito|mi dispiace|purtroppo|scus\w+|извин\w+|к сожалению)\b|抱歉|对不起|很遗憾|申し訳|すみません|残念|죄송|미안"),
    "failure": _cue(
        r"\b(?:could(?: not|n't)|can(?:not|'t| not)|unable|not able|(?:was|were|am)(?: not|n't) able|fail(?:ed|s|ure)?|unsuccessful(?:ly)?|not (?:successful|possible|available|working)|did(?: not|n't) (?:go through|work|succeed)|does(?: not|n't) (?:seem|appear|look)|went wrong|errors?|problem|issue|trouble|declined|rejected|denied|timed out|konnte nicht|kann nicht|nicht möglich|fehlgeschlagen|impossible|n'ai pas pu|ne peux pas|no (?:pude|puedo)|no es posible|não (?:consegui|posso)|non (?:posso|riesco|ho potuto)|не (?:могу|удалось|смог\w*))\b|无法|不能|失败|できません|できない|失敗|할 수 없|실패",
    ),
    "empty": _cue(
        r"\b(?:(?:there (?:are|is|were|was|aren't|isn't)|(?:do|did)(?: not|n't) (?:have|see|find|seem)|have|found|see|got|returned|with|showing)(?: \w+){0,2} (?:no|any|none|nothing|zero|not any)\b|no (?:\w+ ){0,3}(?:available|found|match\w*|results?|listed|that (?:match|fit|meet|serve)|in (?:the|that)|left|luck)|none|nothing (?:match\w*|found|came|available|in)|not (?:listed|find|found|available|have|in (?:my|our))|no longer|fully booked|sold out|out of stock|unavailable|0 (?:results?|matches)|keine?n? (?:\w+ )?(?:gefunden|treffer|ergebnis\w*)|aucun\w*|ningun\w*|nenhum\w*|nessun\w*|ничего не|не найден\w*|нет (?:результат\w*|мест))\b|没有找到|没有|找不到|見つかりません|ありません|없습니다|찾을 수",
    ),
    "clarify": _cue(
        r"\b(?:(?:did(?: not|n't)|do(?: not|n't)|not sure i) (?:quite |fully |really )?(?:understand|catch|get|follow)|could you (?:please )?(?:repeat|clarify|rephrase|say|specify|be more|elaborate|tell me more|explain)|can you (?:please )?(?:repeat|clarify|rephrase|specify|be more|elaborate)|please (?:repeat|clarify|rephrase|specify|try again)|what do you mean|not (?:quite )?sure what|which (?:one )?do you mean|say that again|come again|pardon|verstehe nicht|nicht verstanden|pas compris|no (?:entend\w+|entiendo)|não entendi|non ho capito|не понял\w*)\b|没听懂|不明白|わかりません|이해하지 못",
    ),
    "more": _cue(r"\b(?:anything else|something else i|further (?:help|assistance|questions)|(?:else|more) (?:i|can|could|that i|you)|help you with (?:anything|something|today)|is that all|will that be all|all you need|can i (?:help|assist)|how (?:can|may) i|sonst noch|autre chose|algo más|mais alguma|altro|ещё|что-нибудь еще)\b|还有什么|还需要|他に|더 필요|도와"),
    "offer": _cue(
        r"\b(?:how about|what about|would you (?:like|want|prefer|care)|do you want|shall i|should i|want me to|may i|i (?:have |'ve )?(?:found|recommend|suggest)|i(?:'d| would) (?:recommend|suggest)|there (?:is|are|'s)|have you (?:seen|tried|heard|watched|considered)|you (?:might|may|could|should) (?:like|try|enjoy|watch|want|check)|do you like|did you (?:like|see)|try|check out|i have|we have|options?|möchten sie|willst du|wie wäre|voulez-vous|que diriez|qué tal|quieres|que tal|gostaria|vuoi|che ne dici|хотите|как насчёт)\b|要不要|怎么样|いかが|どうですか|어때|드릴까요",
    ),
    "confirm": _cue(r"\b(?:please confirm|(?:just )?to confirm|confirm(?:ing)? (?:the|that|these|this|your|you)|is (?:that|this|everything|it) (?:correct|right|ok|okay|alright|fine)|(?:correct|right)\?|did i get|here'?s what|let me (?:confirm|verify)|so you)\b"),
    "success": _cue(
        r"\b(?:booked|reserved|confirmed|confirmation|reference (?:number|code|#)?|success\w*|all set|is (?:done|ready|set|complete)|done|completed?|scheduled|transferred|purchased|sent|saved|fixed|implemented|added|updated|created|pass(?:es|ed|ing)?|works now|resolved|enjoy|gebucht|erledigt|réservé|reservad[oa]|fatto|готово)\b|已经|完成|完了|しました|완료",
    ),
    "asks": _cue(r"\?\s*\W*$|？\s*$"),
    "asks_slot": _cue(r"\b(?:what|which|when|where|how many|what kind|what type|what time|what day|who)\b[^.?!]*\?"),
    "asks_why": _cue(r"\b(?:why|what (?:did|do|didn't|don't) you|what was it|what is it|how come|what makes|what about it|can you (?:tell|describe|explain)|tell me)\b"),
    "asks_dislike": _cue(r"(?:n't|\bnot) (?:you )?(?:\w+ )?(?:like|enjoy|love)\b|\b(?:dislike\w*|hate\w*|least favou?rite|worst|didn't (?:you )?like)\b"),
    "asks_like": _cue(r"\bdo you (?:like|enjoy|prefer|usually|think)|\bwhat (?:kind|type|sort|genre)s?\b|\byour favou?rite|\bdid you (?:like|enjoy)"),
    "bye": _cue(r"\b(?:you(?:'re| are) (?:very |most )?welcome|welcome|good ?bye|bye|have a (?:good|great|nice|wonderful|lovely|safe)|glad (?:i|to|you)|happy to help|gern geschehen|de rien|de nada|prego|пожалуйста)\b|不客气|どういたしまして|천만"),
    "acknowledges": _cue(r"\b(?:i (?:see|understand|hear)|got it|okay|ok|sure|great|of course|certainly|alright|absolutely|no problem|noted|you(?:'re| are) (?:absolutely )?right|good (?:point|catch))\b"),
    "insisting": _cue(r"\b(?:as i (?:said|mentioned|told)|like i said|i already|again|still need|as mentioned|once more|please provide|you (?:need|have|must) to|i need (?:you|to know|more|your)|before (?:i|we) can)\b"),
    "code": _cue(r"```|`[^`\n]+`|\b\w+\.(?:py|ts|js|rs|go|java|md|json|toml|yaml|tsx|css|html|sh)\b|\b(?:function|tests?|file|branch|commit|class|module|refactor\w*)\b"),
}  # fmt: skip


WORK: dict[str, re.Pattern[str]] = {
    "you_did": _cue(
        r"\b(?:you|u) (?:just |only |also |even |never |didn'?t |have |'ve )*(?:\w+ed|did|put|made|took|wrote|left|broke|cut|lost|hid|set)\b"
        r"|\b(?:since|after|because of|before) (?:your|ur|that|this) (?:change|patch|commit|fix|edit|update|last)\w*",
    ),
    "shows_failure": _cue(
        r"\b(?:\w+(?:Error|Exception)|traceback|stack ?trace|panic(?:ked|s)?|seg ?fault\w*|core dump\w*|undefined|null|none|nan|blank|empty|missing|gone"
        r"|hangs?|freezes?|times? out|timeouts?|not found|no such|no output|no (?:change|difference|effect)|slower|worse|regress\w*|overlap\w*|exit code [1-9]\d*|exits? with"
        r"|[45]\d\d|0 (?:bytes|rows|results|tests)|[1-9]\d* (?:tests? )?(?:fail\w*|errors?|red)|(?:still|is|are|stays?|turned|all|tests?|ci|build) red|only (?:works?|half|the|one)|off by|cut off|twice|duplicat\w+)\b",
    ),
    "not_that": _cue(
        r"^\W*(?:not|without|only|just|leave|keep|stop|wrong|wait|back|revert|undo|neither|none)\b|\b(?:\w+ not \w+|not \w+ed|not (?:the|that|this|these|those|here|on|in|my|our|a|an|needed|part))\b"
        r"|\b(?:wrong|the other) \w+|\bstays?\b|\bwe (?:have|use|had|already|never|said|agreed|talked)\b|\bthere (?:is|are|was) (?:already )?(?:a|an|one|no)\b",
    ),
    "goes_on": _cue(
        r"^\W*(?:(?:ok|okay|k|kk|good|fine|thx|thanks|cool|nice|great)\W+)?(?:now|next|then|also|and|same (?:for|in|on|with)|continue|go|add|run|show|list|print|commit|push|merge"
        r"|open|rename|move|make|use|put|write|explain|check|sort|test|bump|rebase|squash|tag|release|deploy|document|extract|inline|delete|remove|clean|pin|update|bench\w*|count|log|todo|skip|try|do|give|set|turn|cherry\W?pick|grep|list)\b"
        r"|^\W*(?:what|how|why|where|which|who|does|is|can|could|do|should) ",
    ),
    "answers": _cue(
        r"^\W*(?:y|n|k|ok|yes|yep|no|nope|both|all|either|neither|(?:the )?(?:first|second|third|last|former|latter)(?: one)?|\d+(?:\.\d+)*|[a-d]|v\d\S*|later|default|see \S+|in \S+|its? (?:in|at|on|called) \S+|up to (?:you|u)|(?:you|u) (?:pick|choose|decide))\W*$",
    ),
    "it_is": _cue(r"^\W*(?:it|its|that|thats|this|these|those|there)(?:'s)?\b"),
}  # fmt: skip
"""Of what people say while a program is being written: elsewhere "nothing" or "the other one" mean something else."""
WORK_WORDS = _cue(
    r"```|`[^`\n]+`|\b[\w/-]+\.(?:py|[cm]?[jt]sx?|rs|go|java|kt|rb|php|md|json|toml|ya?ml|css|html|sh|sql|txt|log|env|cfg|ini|c|h|cpp|lock)\b|\b\w+_\w+\b|\b[a-z]+[A-Z]\w*|\b\w+(?:Error|Exception)\b|\w\(\)|#\d+|\bv?\d+\.\d+\.\d+\b",
    r"\b(?:tests?|pytest|branch|commit\w*|merge\w*|rebas\w*|pull request|prs?|ci|cli|api|diffs?|build|compil\w*|function\w*|class(?:es)?|module|import\w*|refactor\w*|bug|script|parser|parse|endpoint|query|index|table|schema|migration|cache|deploy\w*|server|port|log(?:s|ging|ger)?|config|regex|traceback|stack ?trace|exception|lint\w*|types?|repo\w*|git|docker\w*|package|deps|dependenc\w+|install\w*|file|folder|directory|readme|docs?|docstrings?|component|button|css|px|modal|layout|json|html|sql|async\w*|threads?|timeout|retry|retries|variable|env|flag|loop|null|undefined|rename\w*|code|worker|job|cron|database|db|redis|postgres|sqlite|http|client|request|response|header|token|socket|string|array|list|dict|int|rows?|columns?|csv|pdf|notebook|plot|pipeline|release|staging|prod|main|dev|tsc|npm|eslint|mypy|implement\w*|datei|fichier|archivo|prueba|тест\w*|файл\w*|ошибк\w*|funktion\w*|fonction|función)\b|テスト|エラー|修正|测试|代码|文件",
)


def is_work(text: str) -> bool:
    """Whether it speaks of programs, files or tests."""
    return bool(WORK_WORDS.search(text))


def at_work(text: str) -> list[str]:
    """Which cues a person's words hold who speaks of such things."""
    return [name for name, pattern in WORK.items() if pattern.search(text)]


def of_person(text: str) -> list[str]:
    """Which cues a person's words hold."""
    return [name for name, pattern in PERSON.items() if pattern.search(text)]


def of_agent(text: str) -> list[str]:
    """Which cues the agent's words hold."""
    return [name for name, pattern in AGENT.items() if pattern.search(text)]
