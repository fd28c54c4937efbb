"""Classes of words whose counts tell what a critical-minerals desk sends and how much it matters.

Written for this project from general knowledge of the trade press. A class says nothing by itself: training decides what
each one weighs.
"""

_CLASSES = {
    "supply": """supply supplies supplier suppliers output production produce produces produced producer producers capacity shortage
        shortages shortfall glut surplus stocks stockpile stockpiles inventories reserves resource resources deposit deposits""",
    "trade": """export exports exported exporter exporters import imports imported shipment shipments shipped cargo cargoes tariff
        tariffs quota quotas duty duties customs buyers offtake trade traders embargo sanctions""",
    "price": "price prices priced market markets futures spot benchmark premium premiums rally slump demand",
    "rule": """ban bans banned licence licences license licenses licensing permit permits decree law bill regulator regulators
        suspended suspends restrict restricts restrictions curbs approval approved court nationalise nationalised nationalize
        nationalized royalty royalties tax""",
    "deal": """acquire acquires acquired acquisition takeover bid stake buys purchase merger agreement deal contract partnership
        financing loan invest investment joint venture""",
    "site": """mine mines mining miner miners smelter smelters refinery refineries plant plants mill project projects pit shaft
        concentrator furnace ore ores concentrate tonnes tons""",
    "stop": """halt halts halted stop stops stopped stoppage shut shuts shutdown closed closure strike strikes idle idled suspend
        suspension collapse collapsed outage blocked blockade fire flood attack seized""",
    "urgent": """immediate immediately indefinite indefinitely majeure war embargo record jumped jumps leapt surged soared explosion
        emergency sudden suddenly prohibited prohibits retaliation coup earthquake""",
    "large": "largest biggest main dominant majority monopoly top leading giant world global worldwide",
    "share": "half third thirds quarter quarters fifth tenths tenth percent pc most nearly share nine",
    "state": """government ministry minister parliament senate congress president presidential cabinet junta national nation
        country commission beijing washington brussels""",
    "early": """exploration explorer drilling drill drilled assay assays intercept inferred maiden pilot trial scoping junior
        memorandum understanding letter prospect study option sample samples demonstration laboratory claims grant hole holes metres
        hopes startup""",
    "home": """recipe kitchen jewellery jewelry wedding coin coins dress fashion vitamin vitamins supplement supplements tablets
        diet skin cook cooking pan pans shop shops colours phone phones camera laptop""",
    "culture": """museum exhibition antique auction album song film movie novel book author review actor singer band music concert
        theatre opera orchestra choir painters history heritage anniversary visitors guides tourists""",
    "sport": "game games player players medal medals cup league match team season stadium race olympic football club coach",
    "bulk": "gold diamond diamonds iron coal oil gas steel",
    "crypto": "bitcoin bitcoins crypto cryptocurrency blockchain token tokens ether rigs data software app",
    "crime": """police thieves thief stolen theft gang jailed prison arrested robbery murder prosecutor prosecutors detective
        defendant sentenced sentence guilty poisoned burglars bribe bribes fraud smugglers""",
    "vote": """election elections vote votes voter voters polls candidate candidates campaign coalition reshuffle opposition seats
        ballot referendum mayor party parties incumbent visit dinner welcomed guests pensions""",
    "science": """atom atoms molecule molecules telescope astronomers planet star stars journal physicists lasers species fossil
        brain disease patients doctors doctor hospital blood cancer allergy symptoms drug drugs clinical""",
    "consumer": """cars car model models saloon watch watches bike bikes frame frames euros tested review range screen battery
        batteries charging charger vehicle vehicles drivers""",
    "report": """said says told announced announces according statement monday tuesday wednesday thursday friday saturday sunday
        spokesman spokeswoman reported sources officials official yesterday today""",
    "opinion": """i me mine opinion column comment columnist editorial think believe honest letters sir dear reader readers podcast
        episode""",
    "community": """church festival school schools pupils village safety award awards prize charity sponsorship volunteers
        scholarships students university course""",
    "guide": "explained explains explain guide what why how you your our we my things step tips best ranking graphic",
    "corporate": """profit profits revenue earnings dividend shareholders chairman board appoints appointed executive director
        directors auditor webcast presentation conference options remuneration cagr""",
}


def word_classes() -> dict[str, str]:
    """The class of each word, lower-case; of a word in several classes the first."""
    found: dict[str, str] = {}
    for name, words in _CLASSES.items():
        for word in sorted(words.split()):
            found.setdefault(word, name)
    return found
