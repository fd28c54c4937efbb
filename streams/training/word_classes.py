"""Words that stand for one another: what training learns for one word of a class it lends to the rest of the class.

Written for this project from general knowledge: metals and minerals as in the periodic table and mineralogy, the terms of
mining, government and the sports. A class says nothing about a topic: training decides what each one weighs. Plurals
are added where -s makes them.
"""

_CLASSES = {
    "industrial mineral or metal": """
        aluminium aluminum antimony arsenic barite baryte bauxite beryllium bismuth boron borate cadmium cassiterite cerium
        cesium caesium chromite chromium cobalt coltan columbite copper cryolite dysprosium erbium europium feldspar
        ferrochrome ferroalloy ferromanganese ferronickel ferrosilicon ferrotungsten ferrovanadium fluorite fluorspar
        gadolinium galena gallium germanium graphite hafnium holmium ilmenite indium iridium kaolin lanthanum laterite
        lepidolite lithium lutetium magnesite magnesium manganese molybdenite molybdenum monazite neodymium nickel niobium
        palladium petalite phosphate phosphorite polymetallic potash praseodymium pyrochlore rhenium rhodium rubidium
        ruthenium rutile samarium scandium scheelite selenium spodumene sphalerite strontium tantalite tantalum tellurium
        terbium thallium thorium thulium titanium tungsten uranium vanadium wolframite xenotime ytterbium yttrium zinc zircon
        zirconium yellowcake alumina hydroxide spessartine apatite chalcopyrite cinnabar cathode anode""",
    "precious or bulk mineral": """
        gold silver platinum diamond bullion iron coal lignite coking anthracite limestone gypsum gemstone ruby sapphire
        emerald jade aggregates quartz silica marble granite kimberlite lead tin steel ounce carat dore sapphires rubies""",
    "mining": """
        mine miner mining mined smelter smelting smelted refinery ore orebody orebodies concentrate concentrator tailings
        drillhole drillholes opencast openpit quarry quarries quarrying colliery collieries seam shaft adit stope stoping
        overburden stockpile waste haulage ramp mineral mineralisation mineralization mineralised mineralized metallurgy
        metallurgical metallurgist geologist geology geological geologists exploration prospector prospecting prospectivity
        assay feasibility greenfield brownfield brine evaporation leach leaching heap flotation crusher mill milling furnace
        kiln sinter pelletising pellets beneficiation beneficiate hydrometallurgical hydrometallurgy roaster calcination
        electrowinning solvent separation offtake tenement concession royalties royalty resource reserves inferred indicated
        measured intercept intersected grades grading tonne tonnage ton tpa kt mt ktpa lb jorc ore-grade nameplate pit
        underground blasting artisanal galamsey jigger digger pegmatite pegmatites carbonatite porphyry vein lode deposit dore
        feedstock scrap recycler recycling magnets magnet cathodes precursor refiners refiner refined metal stripping
        excavator dumper deslagging slag dust deepsea seabed nodules placer dredge fume ferro miners' mineworker mineworkers
        colliers pitman collapse oxide oxides carbonate sulphate sulfate sulphide sulfide treo ndpr reo u3o8 lce""",
    "mining company or exchange": """
        glencore bhp rio tinto vale anglo codelco antofagasta freeport mcmoran newmont barrick teck vedanta hindalco norilsk
        nornickel alrosa rusal alcoa hydro kazatomprom cameco orano sqm albemarle ganfeng tianqi zijin cmoc jinchuan chinalco
        minmetals fortescue lynas iluka mineral pilbara liontown sibanye stillwater implats northam harmony goldfields
        anglogold ashanti kinross agnico eagle ivanhoe mopani konkola gecamines erg eramet imerys umicore aurubis boliden kghm
        lkab outokumpu cominco noranda inco asarco magma phelps dodge falconbridge hecla homestake amax cyprus zambia sumitomo
        mitsui syrah arafura perenti peabody glencores lme comex shfe fastmarkets argus uxc benchmark usgs codelcos debeers
        petra xstrata wmc nexa southern peru grupo mexico hudbay lundin quantum solgold southwire antamina escondida""",
    "government": """
        government governments ministry ministries minister ministers ministerial cabinet president presidential presidency
        premier prime chancellor governor mayor secretary department state federal administration authorities officials
        official regime junta ruler monarch king republic bureaucracy civil commission commissioner agency downing whitehall
        kremlin elysee bundestag beijing washington tshwane interior treasury budget fiscal spokesman spokeswoman aide deputy""",
    "legislature": """
        parliament parliamentary parliamentarian parliamentarians senate senator senators congress congressional congressman
        congresswoman lawmaker lawmakers legislator legislators legislature legislative assembly chamber lords commons mp mps
        mep meps peer bill bills amendment amendments act vote voted votes voting plenary quorum filibuster speaker
        backbencher backbenchers committee caucus whip knesset duma diet bundesrat sejm lok sabha rada cortes impeach
        impeachment impeached legislation enacted repeal repealed statute""",
    "election": """
        election elections electoral electorate elect elected ballot ballots poll polls polling pollster candidate candidates
        candidacy campaign campaigning campaigned incumbent runoff primary primaries referendum constituency constituencies
        turnout voter voters coalition opposition party parties manifesto majority landslide mandate nominee nomination
        inauguration swing seats by-election byelection exit recount rigging gerrymandering leadership leader""",
    "party or creed": """
        democrat democrats democratic republican republicans labour tory tories conservative conservatives liberal liberals
        socialist socialists communist communists populist populists nationalist nationalists leftist rightist leftwing
        rightwing centrist green greens lib dem dems gop ukip snp bjp anc fdp cdu spd afd ldp pdp apc kmt islamist progressive
        maga unionist separatist separatists secession independence brexit eurosceptic""",
    "diplomacy or war": """
        sanction sanctions embargo treaty treaties accord ambassador ambassadors diplomat diplomats diplomatic diplomacy
        embassy envoy summit bilateral multilateral talks negotiator negotiators negotiations ceasefire truce troops soldiers
        army military militia rebels insurgents war wars warfare invasion invaded airstrike airstrikes missile missiles
        nuclear nato un united nations kremlin hostages refugees border territory sovereignty annexed occupation peace
        peacekeepers defence defense pentagon retaliate retaliation retaliatory coup putsch genocide security council allies
        ally alliance memorandum foreign""",
    "public policy": """
        tariff tariffs duty duties quota quotas ban bans banned banning decree decrees law laws regulation regulations
        regulator regulators licence licences license licenses licensing policy policies subsidy subsidies tax taxes taxation
        welfare immigration immigrant immigrants migrants abortion gun healthcare medicaid medicare reform reforms
        constitution constitutional court supreme judge judges ruling tribunal prosecutor prosecutors corruption bribery
        nationalise nationalised nationalisation nationalization nationalize expropriation expropriate moratorium export
        exports controls control curbs restrictions asylum deportation pension unions rights protest protests protesters
        demonstrators rally activists police strategy executive order pardon indictment subpoena testimony hearing veto vetoed
        ratify ratified""",
    "sport": """
        football footballer soccer rugby cricket cricketer tennis golf golfer basketball baseball hockey boxing boxer
        athletics swimming swimmer cycling cyclist racing skiing skier snooker darts rowing sailing wrestling volleyball
        handball badminton netball sprinter sprint marathon triathlon decathlon gymnast gymnastics judo karate formula motogp
        nascar indycar grand prix nfl nba nhl mlb ncaa uefa fifa ioc iaaf atp wta pga olympics olympic olympian paralympic
        olympiad commonwealth bowl playoff playoffs postseason preseason wimbledon superbowl ashes wicket wickets batsman
        batsmen batting bowler bowlers bowling innings quarterback linebacker touchdown touchdowns fumble interceptions yards
        pitcher inning homer homers shortstop bullpen goalkeeper keeper striker midfielder defender winger fullback flanker
        scrum hooker prop lock lineout try tries penalty penalties equaliser equalizer goal goals scorer scored scoring
        hat-trick offside header kickoff kick halftime half-time fulltime league premiership championship championships
        champion champions cup trophy tournament tournaments fixture fixtures qualifier qualifiers semifinal semifinals
        semi-final quarterfinal final finals finalist knockout season seasons coach coaches coached manager referee umpire
        linesman stadium arena pitch lap laps podium medal medals medallist medalist relegation relegated promoted standings
        derby squad teammates teammate captain skipper roster rookie draft transfer free-agent injury hamstring knee unbeaten
        defeat defeated beaten comeback rematch bout heavyweight middleweight seeded seed set sets serve ace birdie birdies
        bogey par fairway putt hurdles relay javelin vault steeplechase jockey gallops horse horses trainer thoroughbred
        handicap furlong colt filly rider peloton stage sprinted doping steroid steroids wada anti-doping fans supporters club
        clubs clinched thrashed edged upset overtime shootout versus halfback puck goaltender dunk rebounds freestyle
        backstroke breaststroke matchday match matches game games win wins won winner victory loss lost team teams players
        player sport sports sporting athlete athletes race races""",
    "sports club or league": """
        arsenal chelsea liverpool everton tottenham spurs newcastle sunderland middlesbrough boro villa fulham leeds wolves
        wolverhampton bolton blackburn rovers portsmouth southampton birmingham charlton norwich palace leicester watford
        millwall wigan celtic rangers hibernian hearts aberdeen barcelona barca madrid atletico valencia sevilla juventus juve
        milan internazionale roma lazio napoli fiorentina bayern dortmund leverkusen schalke ajax psv feyenoord porto benfica
        lyon marseille monaco galatasaray boca flamengo santos corinthians yankees mets sox braves phillies marlins nationals
        expos cubs cardinals brewers astros reds pirates indians tigers twins royals orioles devil rays athletics mariners
        angels dodgers padres giants diamondbacks rockies cowboys redskins eagles packers bears vikings lions saints falcons
        panthers buccaneers bucs seahawks rams 49ers niners raiders chargers broncos chiefs colts titans jaguars texans
        steelers ravens browns bengals patriots dolphins jets bills lakers clippers celtics knicks nets sixers 76ers raptors
        bulls pistons pacers cavaliers cavs bucks heat magic hawks wizards bobcats hornets mavericks mavs rockets grizzlies
        pelicans suns kings warriors nuggets jazz timberwolves blazers thunder sonics supersonics bruins sabres canadiens
        leafs senators flyers penguins islanders blackhawks oilers flames canucks avalanche predators gators seminoles
        hurricanes longhorns sooners buckeyes wolverines trojans huskies badgers hokies tarheels bulldogs crimson auburn
        volunteers spartans cornhuskers razorbacks aggies bcs sec acc wallabies springboks allblacks wasps saracens harlequins
        sharks crusaders brumbies waratahs leinster munster bundesliga laliga serie ligue eredivisie mls epl conmebol concacaf
        afcon libertadores copa fia fis fivb fiba nrl afl ipl t20 odi ryder davis solheim lpga stanley heisman pennant pebble
        augusta daytona nextel silverstone monza wta roland garros flushing hockeyroos ferrari mclaren lotus redbull williams""",
    "film, music and arts": """
        film films movie movies cinema actor actors actress director oscar oscars bafta grammy grammys album albums song songs
        singer band guitarist drummer concert concerts gig gigs tour tours festival theatre theater opera ballet orchestra
        novel novelist author poet poetry book books museum exhibition gallery painting painter sculptor sculpture auction
        antique jewellery jewelry box-office blockbuster sequel trailer celebrity celebrities rapper hip-hop pop rock
        soundtrack comedy comedian drama sitcom episode netflix tv television broadcaster chart charts vinyl plaque stage
        curator artist artists reunion fan""",
    "crypto-currency": """
        bitcoin cryptocurrency cryptocurrencies crypto blockchain hashrate hash ethereum ether token tokens stablecoin
        dogecoin satoshi halving wallet coinbase binance nft nfts defi litecoin altcoin""",
    "video game": """
        videogame gamer gamers gaming console consoles playstation xbox nintendo minecraft sega arcade joystick multiplayer
        esports fortnite roblox sims pixel pixels avatar avatars quest redstone gameplay pokemon""",
    "oil, gas and power": """
        oil crude barrel barrels bpd opec petroleum gasoline petrol diesel kerosene gas lng lpg well wells offshore onshore
        rig rigs drillship exxon chevron shell bp conocophillips amoco texaco mobil gazprom rosneft aramco petrobras equinor
        pipeline refining utility utilities electricity grid wind solar turbine turbines megawatt hydropower""",
    "farming and food trade": """
        wheat corn maize barley oats rice sorghum soybean soybeans soyabean soya cotton sugar cocoa coffee tea palm rapeseed
        sunflower olein stearin grain grains tapioca cassava rubber livestock cattle beef pork hog hogs poultry dairy butter
        milk fertiliser fertilizer acreage harvest harvested crop crops bushel bushels farmer farmers usda feed meal oilseed
        fish fishing fishermen timber wool tobacco fruit vegetable vegetables""",
    "company news": """
        net shr shrs revs qtr oper avg cts dlrs pct stg billion mln dividend payable split stake acquisition acquire acquired
        acquires subsidiary definitive terms undisclosed holdings partners inc corp ltd plc""",
    "computing": """
        software hardware computer computers internet online website google microsoft apple ibm intel nokia samsung sony
        laptop broadband wireless server servers database algorithm algorithms data analytics cyber hacker hackers virus spam
        browser app apps smartphone phone phones mobile gadget video videogame gamer gamers gaming console playstation xbox
        nintendo minecraft bitcoin cryptocurrency crypto blockchain hashrate ethereum token chip chips semiconductor
        semiconductors processor pc linux windows ai startup cloud robot robots""",
    "business": """
        shares share stock stocks investors investor profit profits earnings revenue sales quarter dividend bank banks banking
        merger acquisition takeover bid shareholders shareholder company firm corp inc ltd plc chief analyst analysts market
        markets economy economic inflation consumer retailer retailers retail dollar euro yen oil crude airline airlines
        carmaker insurance loan loans debt bond bonds currency trade deficit growth forecast""",
    "science and health": """
        study researchers researcher scientist scientists university professor patients patient doctors hospital disease drug
        drugs vaccine virus cancer brain clinical trial trials diet vitamin supplement supplements mice laboratory telescope
        nasa spacecraft probe planet asteroid galaxy orbit astronomers fossil species climate genome gene dna dementia""",
    "home and life": """
        recipe recipes kitchen cook cooking chef pan pans restaurant wine beer brewery ipa whisky garden fashion wedding
        dating parenting kids holiday hotel travel tourist tourists dog dogs cat cats bride beauty style dress shoes apartment
        flat house fire firefighters""",
}


NO_PLURAL = ("s", "y", "ed", "ing", "al", "ic")
"""Endings of words that are plural already, no noun, or take no plain -s."""


def word_classes() -> dict[str, frozenset[str]]:
    """The words of each class by its name, lower-case, with their plurals in -s."""
    return {name: frozenset(form for word in words.split() for form in _forms(word)) for name, words in _CLASSES.items()}


def _forms(word: str) -> tuple[str, ...]:
    return (word,) if word.endswith(NO_PLURAL) or not word.isalpha() else (word, word + "s")
