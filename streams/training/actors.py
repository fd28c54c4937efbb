"""Words that show who acts in industry news, a state or a company: the classes counted by `streams.training.industry`.

Written for this project from general knowledge of government, trade policy and company news; the names of states are those
of `streams/data/countries.json`, the capitals are listed here. Training decides what each class weighs.
"""

import json
from pathlib import Path

COUNTRIES = Path(__file__).parents[1] / "data" / "countries.json"

_CLASSES = {
    "state body": """
        government governments ministry ministries minister ministers ministerial cabinet parliament parliamentary lawmaker
        lawmakers legislator legislators legislature mps deputies senate senator senators congress congressman house premier
        premiers president presidents presidency presidential chancellor governor governors treasury treasurer pentagon kremlin
        whitehall downing commission commissioner commissioners department administration authority authorities official
        officials regulator regulators agency court courts tribunal supreme judge judges justices prosecutor prosecutors
        junta coup state states federal provincial national council embassy ambassador ambassadors envoy envoys diplomat
        diplomats delegation delegations military army rebels troops soldiers secretary undersecretary assembly chamber diet
        duma riksdag bundestag sejm knesset opposition coalition party prime king prince nations nato leader leaders
        politician politicians municipality customs intergovernmental attorney bloc g7 g20 opec asean mercosur politburo
        bureau""",
    "act of state": """
        ban bans banned banning quota quotas tariff tariffs duty duties levy levies tax taxes royalty royalties sanction
        sanctions embargo embargoes licence licences license licenses licensing permit permits decree decrees law laws bill
        bills legislation act code policy policies strategy regulation regulations rule rules ruling nationalise nationalised
        nationalisation nationalize nationalized nationalization expropriate expropriated expropriation subsidy subsidies
        subsidise stockpile stockpiles reserve reserves treaty treaties pact pacts accord agreement agreements partnership
        partnerships alliance alliances forum talks negotiations negotiate summit memorandum cooperation diplomacy diplomatic
        restriction restrictions curb curbs control controls moratorium referendum election elections vote votes veto
        constitution constitutional order orders executive security strategic bilateral multilateral membership member members
        amendment amendments reform reforms budget export exports import imports list investigation probe retaliation war
        conflict ceasefire protest protests concession concessions""",
    "decision": """
        join joins joined joining ban bans banned halt halts halted plan plans planned sign signs signed impose imposes
        imposed approve approves approved order orders ordered suspend suspends suspended revoke revokes revoked lift lifts
        lifted add adds added agree agrees agreed vow vows vowed seek seeks sought weigh weighs weighed mull mulls mulled
        consider considers considered tighten tightens tightened ease eases eased scrap scraps scrapped set sets launch
        launches launched require requires required issue issues issued grant grants granted strip strips stripped cap caps
        capped curb curbs curbed restrict restricts restricted limit limits limited block blocks blocked nationalise
        nationalises nationalised reject rejects rejected pass passes passed adopt adopts adopted ratify ratifies ratified
        extend extends extended introduce introduces introduced propose proposes proposed announce announces announced urge
        urges urged demand demands demanded accuse accuses accused warn warns warned threaten threatens threatened decide
        decides decided withdraw withdraws withdrew take takes took put puts will must want wants tell tells told open opens
        retaliate retaliates offer offers offered clear clears cleared unveil unveils unveiled publish publishes published
        double doubles cut cuts allow allows allowed forbid forbids prohibit prohibits enter enters entered confirm confirms
        confirmed invite invites invited host hosts hosted meet meets met discuss discussed sanction sanctions tax taxes
        create creates created halve raise raises raised revise revises revive revives drop drops end ends ended stop stops
        stopped release releases released designate designates designated""",
    "state": """
        us uk eu usa america american washington beijing moscow brussels tokyo seoul taipei delhi jakarta canberra ottawa
        london paris berlin kinshasa pretoria santiago lima brasilia kyiv ankara riyadh hanoi manila caracas bogota quito
        harare lusaka dodoma nairobi abuja accra conakry bamako niamey ouagadougou libreville windhoek gaborone antananarivo
        maputo luanda astana tashkent bishkek ulaanbaatar naypyidaw bangkok islamabad tehran jerusalem cairo rabat madrid
        lisbon rome vienna warsaw prague budapest belgrade helsinki stockholm oslo copenhagen nuuk dublin european europe
        congo congolese korea korean arabia saudi zealand leone emirates kingdom salvador burkina ivory""",
    "business": """
        company companies shares share shareholders shareholder quarter quarterly ltd limited plc inc corp corporation
        guidance drill drills drilled drilling drillhole holes feasibility offtake ceo executive chairman board analyst
        analysts investors investor profit earnings revenue dividend cash asx tsx tsxv nyse lse subsidiary stake takeover
        merger acquisition buyer buyers trader traders broker customers output production produced producing tonnes grade
        grades ounces resource resources intersected assay assays metres shaft furnace mill plant smelter concentrator
        furnaces workers union strike staff employees contractor developer explorer firm miner miners operator commissioning
        commercial contract contracts maintenance capacity project""",
}


def actor_classes() -> dict[str, list[str]]:
    """The words of each class by its name, lower-case and sorted; a word may stand in several."""
    countries = json.loads(COUNTRIES.read_bytes())["countries"]
    names = {name.lower() for country in countries for name in (*country["names"], *country["people"])}
    classes = {name: set(words.split()) for name, words in _CLASSES.items()}
    classes["state"] |= {name for name in names if name.isalpha()}
    return {name: sorted(words) for name, words in classes.items()}
