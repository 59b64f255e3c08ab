# ruff: noqa: E501, RUF001 - a table of sentences, in the scripts people write
"""The commonest phrases of nine more languages: by meaning for people, by move for agents."""

from __future__ import annotations

_MEANINGS = ("request", "closes", "praise", "thanks", "rejects", "corrects", "still", "complains", "rages", "confused")
_MOVES = ("offer", "failed", "did", "more", "slot")

_PEOPLE: dict[str, str] = {
    "de": """Ich suche ein Hotel für drei Nächte|füge bitte einen Test hinzu|Zeig mir alle Bestellungen|benenne die Datei um|Welche Züge fahren morgen früh?|mach weiter|ja bitte|Ja, das passt
Nein danke, das war alles|das ist alles, tschüss|Nichts weiter, danke|passt so
Perfekt, vielen Dank!|super, funktioniert jetzt|genau so wollte ich das|toll gemacht|klasse Arbeit|das ist großartig
danke|vielen Dank|Danke für die Hilfe|ok danke dir
Nein, das gefällt mir nicht|gibt es noch etwas anderes?|Nicht das, zeig mir ein anderes|Das ist mir zu teuer|haben Sie etwas Billigeres?|nein, lieber etwas anderes
Nein, ich meinte Dienstag|das habe ich nicht gesagt|falsche Datei|Das ist falsch, es sollte rot sein|mach das wieder rückgängig|nicht so, ich wollte nur den Test|du hast den zweiten Teil vergessen
geht immer noch nicht|immer noch der gleiche Fehler|es funktioniert wieder nicht|der Fehler ist wieder da|das hat nichts gebracht
Das hilft mir überhaupt nicht|das ist doch Unsinn|so ein Mist, alles kaputt|ich bin enttäuscht|das dauert viel zu lange|Du hörst mir nicht zu
Das ist doch lächerlich!!|verdammt nochmal, jetzt reicht's|wie oft soll ich das noch sagen???|willst du mich verarschen|so eine Scheiße|Ich will mit einem Menschen sprechen!
das verstehe ich nicht|was meinst du damit?|Was bedeutet das?|hä?|Wo finde ich das?|ich bin verwirrt""",
    "fr": """Je cherche un restaurant pas cher|ajoute un test s'il te plaît|montre-moi les commandes|renomme le fichier|Quels trains partent demain ?|continue|oui, c'est bon|d'accord, vas-y
Non merci, c'est tout|c'est bon, au revoir|rien d'autre, merci
Parfait, merci beaucoup !|génial, ça marche|exactement ce que je voulais|excellent travail|super, bravo|c'est magnifique
merci|merci beaucoup|Merci pour votre aide|ok merci
Non, je n'aime pas celui-là|vous avez autre chose ?|pas celui-là, un autre|c'est trop cher|quelque chose de différent plutôt|non, autre chose s'il vous plaît
Non, j'ai dit mardi|ce n'est pas ce que j'ai demandé|mauvais fichier|c'est faux, ça devrait être rouge|annule ça|je voulais seulement le test|tu as oublié la deuxième partie
ça ne marche toujours pas|toujours la même erreur|encore cassé|le problème est revenu|ça n'a rien changé
Ça ne m'aide pas du tout|c'est nul|je suis déçu|c'est trop lent|tu ne m'écoutes pas|c'est n'importe quoi
C'est ridicule !!|putain, encore une erreur|combien de fois dois-je le dire ???|tu te moques de moi|j'en ai marre|merde, arrête ça
je ne comprends pas|que veux-tu dire ?|qu'est-ce que ça signifie ?|hein ?|où est-ce que je trouve ça ?|c'est confus""",
    "es": """Busco un hotel barato en el centro|añade una prueba por favor|muéstrame los pedidos|cambia el nombre del archivo|¿Qué trenes salen mañana?|continúa|sí, está bien|vale, adelante
No gracias, eso es todo|nada más, adiós|eso sería todo, gracias
¡Perfecto, muchas gracias!|genial, ahora funciona|justo lo que quería|excelente trabajo|me encanta|increíble, gracias
gracias|muchas gracias|Gracias por la ayuda|ok gracias
No, ese no me gusta|¿tiene otra cosa?|ese no, otro por favor|es demasiado caro|¿hay algo diferente?|no, prefiero otro
No, dije martes|eso no es lo que pedí|archivo equivocado|está mal, debería ser rojo|deshaz eso|yo solo quería la prueba|olvidaste la segunda parte
todavía no funciona|sigue el mismo error|otra vez roto|el error volvió|no cambió nada
Esto no me ayuda nada|qué mal servicio|estoy decepcionado|tarda demasiado|no me estás escuchando|esto es inútil
¡¡Esto es ridículo!!|mierda, otra vez|¿cuántas veces tengo que decirlo???|¿me estás tomando el pelo?|estoy harto|joder, para ya
no entiendo|¿qué quieres decir?|¿qué significa eso?|¿eh?|¿dónde encuentro eso?|estoy confundido""",
    "pt": """Procuro um hotel barato|adicione um teste por favor|mostre os pedidos|renomeie o arquivo|Que trens saem amanhã?|continue|sim, pode ser|ok, vá em frente
Não obrigado, é só isso|mais nada, tchau|era tudo, obrigada
Perfeito, muito obrigado!|ótimo, agora funciona|exatamente o que eu queria|excelente trabalho|adorei|maravilhoso
obrigado|muito obrigada|Obrigado pela ajuda|ok valeu
Não, não gostei desse|tem outra coisa?|esse não, outro por favor|é muito caro|algo diferente|não, prefiro outro
Não, eu disse terça|não foi isso que pedi|arquivo errado|está errado, devia ser vermelho|desfaça isso|eu só queria o teste|você esqueceu a segunda parte
ainda não funciona|continua o mesmo erro|quebrou de novo|o erro voltou|não mudou nada
Isso não ajuda em nada|que péssimo|estou decepcionado|demora demais|você não está me ouvindo|isso é inútil
Isso é ridículo!!|merda, de novo|quantas vezes tenho que dizer???|está brincando comigo?|cansei disso|porra, para com isso
não entendi|o que você quer dizer?|o que significa isso?|hã?|onde encontro isso?|estou confuso""",
    "it": """Cerco un albergo economico|aggiungi un test per favore|mostrami gli ordini|rinomina il file|Quali treni partono domani?|continua|sì, va bene|ok, procedi
No grazie, è tutto|nient'altro, ciao|basta così, grazie
Perfetto, grazie mille!|ottimo, ora funziona|proprio quello che volevo|ottimo lavoro|fantastico|bravissimo
grazie|grazie mille|Grazie per l'aiuto|ok grazie
No, quello non mi piace|c'è qualcos'altro?|non quello, un altro|è troppo caro|qualcosa di diverso|no, preferisco un altro
No, ho detto martedì|non è quello che ho chiesto|file sbagliato|è sbagliato, dovrebbe essere rosso|annulla tutto|volevo solo il test|hai dimenticato la seconda parte
ancora non funziona|sempre lo stesso errore|di nuovo rotto|l'errore è tornato|non è cambiato niente
Questo non mi aiuta affatto|pessimo servizio|sono deluso|ci mette troppo|non mi stai ascoltando|è inutile
È ridicolo!!|cazzo, di nuovo|quante volte devo dirlo???|mi prendi in giro?|sono stufo|merda, smettila
non capisco|cosa intendi?|cosa significa?|eh?|dove lo trovo?|sono confuso""",
    "ru": """Ищу недорогую гостиницу|добавь тест пожалуйста|покажи заказы|переименуй файл|Какие поезда идут завтра?|продолжай|да, подходит|хорошо, давай
Нет, спасибо, это всё|больше ничего, пока|этого достаточно, спасибо
Отлично, большое спасибо!|супер, теперь работает|именно то, что нужно|прекрасная работа|идеально|класс, молодец
спасибо|большое спасибо|Спасибо за помощь|ок спасибо
Нет, это мне не нравится|есть что-нибудь другое?|не это, другое|слишком дорого|что-то другое|нет, лучше другой
Нет, я сказал вторник|это не то, что я просил|не тот файл|неправильно, должно быть красным|верни обратно|я хотел только тест|ты забыл вторую часть
всё ещё не работает|опять та же ошибка|снова сломано|ошибка вернулась|ничего не изменилось
Это совсем не помогает|ужасный сервис|я разочарован|слишком медленно|ты меня не слушаешь|это бесполезно
Это смешно!!|чёрт, опять|сколько раз повторять???|ты издеваешься?|надоело|хватит уже
не понимаю|что ты имеешь в виду?|что это значит?|а?|где это найти?|я запутался""",
    "zh": """帮我找一家便宜的酒店|请加一个测试|显示所有订单|把文件改名|明天有哪些火车?|继续|好的,可以|是的
不用了,就这样|没有了,再见|就这些,谢谢
太好了,非常感谢!|完美,现在可以了|正是我想要的|做得很棒|厉害|太棒了
谢谢|多谢|谢谢你的帮助|好的谢谢
不,我不喜欢这个|还有别的吗?|不要这个,换一个|太贵了|有没有其他的|不行,换一家
不对,我说的是星期二|这不是我要的|改错文件了|错了,应该是红色|撤销吧|我只要测试|你忘了第二部分
还是不行|还是同样的错误|又坏了|又报错了|没有变化
这一点用都没有|服务太差了|很失望|太慢了|你没听我说话|这是什么垃圾
太离谱了!!|妈的又错了|要我说几遍???|你在开玩笑吗|受够了|他妈的别改了
不明白|什么意思?|这是什么意思?|啊?|在哪里找?|我看不懂""",
    "ja": """安いホテルを探しています|テストを追加してください|注文を表示して|ファイル名を変えて|明日の電車は?|続けて|はい、お願いします|それでいいです
いいえ、以上です|もう大丈夫です、ありがとう|それだけです
完璧です、ありがとうございます!|素晴らしい、動きました|まさに欲しかったもの|すごい|最高です|うまくいきました
ありがとう|ありがとうございます|助かりました、ありがとう
いいえ、それは好きじゃない|他のはありますか?|それじゃなくて別のをお願いします|高すぎます|違うものがいい
違います、火曜日と言いました|そうじゃない|ファイルが間違っています|それは間違い、赤のはずです|元に戻して|テストだけ欲しかった|二つ目を忘れています
まだ動きません|まだ同じエラーです|また壊れた|何も変わっていません|まだ直っていない
全然役に立たない|ひどいです|がっかりしました|遅すぎる|話を聞いていない
ふざけるな!!|何度言えばいいんだ???|いい加減にして|くそ、またか|もういい、最悪だ
わかりません|どういう意味ですか?|意味が分からない|え?|どこにありますか?|混乱しています""",
    "ko": """저렴한 호텔을 찾아주세요|테스트를 추가해줘|주문을 보여줘|파일 이름을 바꿔줘|내일 기차는?|계속해|네, 좋아요|그렇게 해줘
아니요, 그게 다예요|괜찮아요, 감사합니다|더 없어요
완벽해요, 정말 감사합니다!|잘 돼요, 최고|딱 원하던 거예요|훌륭해요|대박
감사합니다|고마워|도와줘서 고마워요
아니요, 그건 싫어요|다른 거 있어요?|그거 말고 다른 걸로|너무 비싸요|마음에 안 들어요
아니, 화요일이라고 했어요|그게 아니라 테스트만|파일이 틀렸어요|잘못됐어요, 빨간색이어야 해요|되돌려줘|두 번째를 빠뜨렸어요
아직 안 돼요|여전히 같은 오류예요|또 고장났어|오류가 또 나요|변한 게 없어요
전혀 도움이 안 돼요|별로예요|실망했어요|너무 느려요|제 말을 안 듣네요
장난해요?!!|몇 번을 말해야 해???|짜증나|그만 좀 해|젠장 또야
이해가 안 돼요|무슨 뜻이에요?|무슨 말이야?|네?|어디에 있어요?|모르겠어요""",
}  # fmt: skip

_AGENTS: dict[str, str] = {
    "de": """Wie wäre das Hotel Aurora? Möchten Sie buchen?|Ich empfehle La Piazza.
Leider konnte ich nichts finden. Möchten Sie etwas anderes?|Es tut mir leid, das ist fehlgeschlagen.
Erledigt. Ich habe die Datei geändert, alle Tests laufen.|Ich habe den Fehler behoben.
Kann ich sonst noch etwas für Sie tun?
Für wie viele Personen?|An welchem Tag?""",
    "fr": """Que diriez-vous de l'hôtel Aurora ?|Je recommande La Piazza.
Désolé, je n'ai rien trouvé. Voulez-vous autre chose ?|Malheureusement, la réservation a échoué.
C'est fait. J'ai modifié le fichier, les tests passent.
Puis-je faire autre chose pour vous ?
Pour combien de personnes ?""",
    "es": """¿Qué tal el hotel Aurora?|Recomiendo La Piazza.
Lo siento, no encontré nada. ¿Quiere otra cosa?|Lamentablemente la reserva falló.
Hecho. Cambié el archivo y las pruebas pasan.
¿Necesita algo más?
¿Para cuántas personas?""",
    "pt": """Que tal o hotel Aurora?|Recomendo La Piazza.
Desculpe, não encontrei nada. Gostaria de outra coisa?|Infelizmente a reserva falhou.
Pronto. Alterei o arquivo e os testes passam.
Mais alguma coisa?
Para quantas pessoas?""",
    "it": """Che ne dici dell'hotel Aurora?|Consiglio La Piazza.
Mi dispiace, non ho trovato nulla. Vuole altro?|Purtroppo la prenotazione è fallita.
Fatto. Ho cambiato il file e i test passano.
Posso fare altro?
Per quante persone?""",
    "ru": """Как насчёт гостиницы Аврора?|Рекомендую La Piazza.
К сожалению, ничего не найдено. Хотите другое?|Извините, не удалось забронировать.
Готово. Я изменил файл, тесты проходят.
Что-нибудь еще?
На сколько человек?""",
    "zh": """极光酒店怎么样?|我推荐这一家。
抱歉,没有找到结果。|对不起,预订失败了。
完成。文件已经修改,测试通过。
还有什么可以帮您?
几个人?""",
    "ja": """ホテルオーロラはいかがですか?|こちらをおすすめします。
申し訳ありません、見つかりませんでした。|すみません、予約できませんでした。
完了しました。ファイルを変更しました。
他に何かありますか?
何名様ですか?""",
    "ko": """오로라 호텔은 어때요?|이곳을 추천합니다.
죄송합니다, 결과를 찾을 수 없습니다.|죄송합니다, 예약에 실패했습니다.
완료했습니다. 파일을 수정했습니다.
더 필요한 게 있으세요?
몇 분이세요?""",
}  # fmt: skip


def _table(texts: dict[str, str], names: tuple[str, ...]) -> dict[str, dict[str, tuple[str, ...]]]:
    return {
        tongue: {name: tuple(line.split("|")) for name, line in zip(names, text.strip().split("\n"), strict=True)}
        for tongue, text in texts.items()
    }


PEOPLE = _table(_PEOPLE, _MEANINGS)
AGENTS = _table(_AGENTS, _MOVES)
