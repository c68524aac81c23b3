"""Plots about being brave and going on: in the dark, when something is hard, when help is needed, after a wave."""

from course_lib.corpus import words
from course_lib.corpus.telling import Plot

NIGHT = Plot(
    "night",
    lesson="courage",
    about="monster",
    cast={
        "hero": words.CHILDREN,
        "adult": words.ADULTS,
        "fright": words.NIGHT_FRIGHTS,
        "monster": words.MONSTERS,
    },
    text="""
        <child opening>

        One {any bad weather} night in {any month}, {hero} woke up and {fright.seems} {fright.where}.
        "It is a [big|huge|terrible|scary|hungry|wild] {monster}!" {he} [cried|whispered|yelled] in fear.
        {His} {adult} came in with a {any color} lamp. "Let's look together," {his} {adult} said {any kindly}.
        Step by step, they went closer. It was only {fright.truth}! "Good night, {fright}," {hero} said {any gladly}.

        Then {his} {adult} brought {him} {any food} and {any drink} and sang a song about {any animals} and {any animals}.
        Soon {hero} was asleep and dreamed of {any number} {any color} {any animals}.
        <learned> [things look less scary in the light|being brave means to look again|nobody has to be brave alone].
        """,
)

SKILL = Plot(
    "skill",
    lesson="courage",
    about="skill",
    cast={
        "hero": words.CHILDREN,
        "adult": words.ADULTS,
        "skill": words.SKILLS,
        "first fail": "skill.fails",
        "second fail": "skill.fails",
    },
    text="""
        <child opening> {He} wanted to learn to {skill}.

        <day>, {hero} tried it for the first time, but {he} {first fail}. {He} tried again and {second fail}.
        "I can't do it!" {he} said {any sadly}. {His} {adult} sat down beside {him} with {any food} and {any drink}.
        "I needed {any number} [days|weeks|months] to learn it," {his} {adult} said {any kindly}. "Try a little every day."

        So {hero} practiced every <daytime>, even when it was {any bad weather}.
        Then, on a {any weather} <daytime> in {any month}, {he} {skill.done}! "I did it!" {he} <cried> {any gladly}.
        The {any job} and the {any job} came to see it, and everyone ate {any food} and {any food}.
        <learned> [hard things become easy with practice|it is fine to fail if you try again|every master was once a beginner].
        """,
)

STUCK = Plot(
    "stuck in a tree",
    lesson="courage",
    about="toy",
    cast={
        "hero": words.CHILDREN,
        "friend": "hero.friends",
        "toy": words.FLYING_TOYS,
        "helper": words.HELPERS,
    },
    text="""
        <child opening>

        <day>, {hero} and a {any trait} {friend.kind} named {friend} played with a {any fine} {any color} {toy}.
        Suddenly, the wind blew it into a tall [oak|apple|pine|maple|cherry|pear] tree. {hero} jumped {any number} times, but {he} could not reach it.
        "I will climb on that {any color} [box|chair|barrel|fence]," said {hero}. "Stop! That is not safe," {friend} said [quickly|firmly|calmly|kindly|gently|softly]. "Let's ask for help."

        They <went> to the {helper}, who was {helper.doing} near the {any landmark}. "Could you help us, please?" {hero} asked [politely|shyly|quietly|timidly].
        The {helper} brought a {any color} ladder and got the {toy} down. They thanked the {helper} {any gladly} and brought {any food}, {any food} and {any drink}.
        <both learned> [it is smart to ask for help|asking is better than getting hurt|help is often close by].
        """,
)

SANDCASTLE = Plot(
    "sandcastle",
    lesson="courage",
    about="decoration",
    cast={
        "hero": words.CHILDREN,
        "friend": "hero.friends",
        "decoration": words.SHORE_FINDS,
        "other decoration": words.SHORE_FINDS,
        "third decoration": words.SHORE_FINDS,
    },
    text="""
        <child opening>

        <day>, {he} went to the beach with a {any trait} {friend.kind} named {friend}. They built a castle with {any number} towers and a {any color} flag.
        {hero} put {decoration} and {other decoration} on the walls. Then a [big|huge|tall|wild] wave came. Splash! The castle was gone.
        "We worked for {any number} hours," {friend} said {any sadly} and began to cry.

        {hero} was sad, too, but {he} had an idea. "We built it too close to the water. Let's try again," {he} said {any kindly}.
        They worked side by side and sang songs about {any animals} and {any animals}. The new castle had {any number} towers and {third decoration} on the gate.
        The waves could not reach it. {friend} smiled {any gladly}, and they ate {any food} and {any food}.
        <both learned> [what falls down can be built again|a mistake can teach us something|the second try is often the best].
        """,
)

PLOTS = (NIGHT, SKILL, STUCK, SANDCASTLE)
