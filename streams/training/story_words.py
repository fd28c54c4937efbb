"""Words by which story matching tells kinds of action apart, written from general knowledge of how news words events."""

TURNS = """to end|called off|calls off|is over|are over|back to work|back at work|ends|ended|lift|lifts|lifted|lifting
resume|resumes|resumed|resuming|resumption|reopen|reopens|reopened|restart|restarts|restarted|restarting|settle|settles|settled
settlement|truce|ceasefire|ease|eases|eased|easing|grants|granted|clears|cleared|swap|swaps|swapped|replace|replaces|replaced
reinstates|reinstated|overturns|overturned|reverses|reversed|revive|revives|revived"""
"""Words and pairs of words that say that something begun earlier ends or changes."""

ACTIONS = {
    "ban": "ban bans banned banning prohibit prohibits prohibited prohibition forbid forbids forbidden outlaw outlaws "
    "outlawed embargo embargoed moratorium bar barred",
    "halt": "halt halts halted halting suspend suspends suspended suspending suspension stop stops stopped stopping stoppage "
    "freeze freezes froze frozen pause pauses paused idle idles idled idling mothball mothballed shut shuts shutting "
    "shutdown close closes closed closure standstill curtail curtailed interrupted offline outage",
    "curb": "curb curbs curbed restrict restricts restricted restriction restrictions control controls controlled tighten "
    "tightens tightened licensing limit limits",
    "licence": "licence licences license licenses licensed permit permits permitted permission authorisation authorization "
    "concession title",
    "approve": "approve approves approved approval clear clears cleared clearance grant grants granted greenlight endorse "
    "endorsed ratify ratifies ratified consent",
    "revoke": "revoke revokes revoked withdraw withdraws withdrew withdrawn cancel cancels cancelled canceled strip strips "
    "stripped annul annulled void voided voids terminate terminated rescind rescinded nationalise nationalised seize "
    "seizes seized confiscate confiscated expropriate expropriated",
    "strike": "strike strikes striking walkout walkouts picket pickets walk walked downed",
    "end": "end ends ended ending over lift lifts lifted lifting ease eases eased easing relax relaxed settle settled "
    "settlement truce accord resolve resolved",
    "resume": "resume resumes resumed resuming resumption restart restarts restarted restarting reopen reopens reopened return "
    "returns returned revive revived reinstate reinstates reinstated back",
    "plan": "threat threatens threatened threaten warn warns warned warning may might could consider considers considering "
    "weigh weighs plan plans planned propose proposes proposed proposal",
    "labour": "worker workers employee employees staff union unions miners crew crews labour labor",
    "export": "export exports exported exporting exporter exporters shipment shipments ship shipped abroad overseas foreign "
    "outbound",
    "buy": "buy buys buying bought purchase purchases purchased acquire acquires acquired acquisition takeover bid offer acquiring",
    "sell": "sell sells sold sale divest divests stake stakes",
    "deal": "deal deals agreement agreements pact memorandum mou sign signs signed contract contracts",
    "quota": "quota quotas ceiling cap caps capped allocation allotment",
    "tariff": "tariff tariffs duty duties levy levies tax taxes royalty royalties",
    "price": "price prices premium rally rallies surge surges surged soar soars soared jump jumps jumped slump slumps slumped "
    "plunge plunges plunged tumble tumbled crash crashed fell fall falls rose rise rises gain gained climb climbed "
    "record high low",
    "cut": "cut cuts cutting lower lowers lowered reduce reduces reduced slash slashes slashed trim trims trimmed guidance "
    "forecast",
    "accident": "accident accidents collapse collapsed killed dead died deaths die dies injured buried trapped rescue rescuers "
    "slide landslide",
    "fire": "fire blaze burned burnt flames explosion blast smoke firefighters",
    "storm": "storm flood floods flooded flooding rain rains cyclone typhoon hurricane quake earthquake drought tornado",
    "court": "court courts judge judges ruling ruled tribunal verdict appeal supreme lawsuit suit sued",
    "list": "list lists listed adds added addition",
    "find": "find finds found discovery discovered resource estimate drilling deposit reserves intercept",
    "funds": "loan loans funding financing finance fund funds invest invests investment",
    "stock": "stock stockpile stockpiles reserve inventory",
    "attack": "attack attacks attacked rebels insurgents gunmen militants raid",
    "protest": "protest protests protesters demonstrators blockade blockades march demonstration",
}
"""Words by the kind of action that they stand for; each word has one kind."""
