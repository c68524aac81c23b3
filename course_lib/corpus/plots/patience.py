"""Plots about taking time: waiting for a seed, reading the recipe, looking once more, saving food for the winter."""

from course_lib.corpus import words
from course_lib.corpus.telling import Plot

SEED = Plot(
    "seed",
    lesson="patience",
    about="crop",
    cast={
        "hero": words.CHILDREN,
        "adult": words.ADULTS,
        "crop": words.CROPS,
    },
    text="""
        <child opening>

        One {any weather} <daytime> in spring, {his} {adult} gave {him} a {any color} seed.
        "It will grow into a {crop}, but you must wait," {his} {adult} said {any kindly}.
        {hero} put it into the ground [near|behind|beside] the [fence|gate|shed|path|pond].
        Every <daytime>, {he} watered it and sang to it about {any animals} and {any animals}.
        {Any number} days went by, but there was only [brown|wet|bare] earth. "Where is my {crop}?" {he} asked {any sadly}.

        Then, after {any number} weeks, a [tiny|small|little] leaf came out! "It's growing!" {he} <cried> {any gladly}.
        In [July|August|September], the {crop} was as tall as [a chair|a table|a door|{his} {adult}].
        {hero} showed it to the {any job} and the {any job}, and they ate {any food} and {any food} beside it.
        <learned> [good things take time|little by little, small things grow big|care makes things grow].
        """,
)

BAKING = Plot(
    "baking",
    lesson="patience",
    about="treat",
    cast={
        "hero": words.CHILDREN,
        "adult": words.ADULTS,
        "treat": words.TREATS,
        "flavor": words.FLAVORS,
    },
    text="""
        <child opening>

        <day>, {hero} and {his} {adult} baked a {flavor} {treat} for the {any job}.
        {He} mixed the flour, the [milk|butter|cream] and {any number} eggs in a {any color} bowl.
        Then {he} took the {any color} jar and put in {any number} spoons of sugar. But when {he} tasted the {treat}, {he} made a [funny|terrible|strange] face.
        "It tastes like [soap|the sea|tears|fish]!" {he} said {any sadly}. It was not sugar. It was salt!

        {hero} wanted to give up, but {his} {adult} only <grinned>. "Let's try again," said {his} {adult} {any kindly}. This time, {hero} smelled every jar.
        The second {treat} was [soft|sweet|golden|warm|perfect]. They ate it with {any food} and {any drink} near the {any landmark}.
        <learned> [a mistake is a good teacher|it is better to go slowly|you can always try again].
        """,
)

LOST_TOY = Plot(
    "lost toy",
    lesson="patience",
    about="toy",
    cast={
        "hero": words.CHILDREN,
        "adult": words.ADULTS,
        "toy": words.CARRIED_TOYS,
        "toy name": words.TOY_NAMES,
        "place": words.PLACES,
        "wrong spot": "place.spots",
        "right spot": "place.spots",
    },
    text="""
        <child opening> {His} favorite toy was a {any fine} {any color} {toy} named {toy name}.

        <day>, {hero} went {place.to} with {his} {adult}. {He} ate {any food} and {any food} and sang a song about {any animals}.
        But when it was time to go home, {toy name} was gone. {He} looked {wrong spot}, but there was only a {any color} [sock|feather|leaf|cup|button].
        "Where is my {toy}?" {he} asked {any sadly}.

        "Where did you [play with|see|have|hold] it last?" {his} {adult} asked {any kindly}.
        {hero} closed {his} eyes and thought for {any number} minutes. Then {he} <went> to look {right spot}.
        There was {toy name}, a little [wet|cold|dusty|muddy], but safe! "You are the best {toy} in the world," {hero} said {any gladly}.
        <learned> [it helps to stop and think|we should take care of the things we love|staying calm helps to find lost things].
        """,
)

WINTER = Plot(
    "winter",
    lesson="patience",
    about="friend animal",
    cast={
        "hero": words.ANIMAL_HEROES,
        "animal": words.ANIMALS,
        "friend": "hero.friends",
        "friend animal": words.ANIMALS,
    },
    text="""
        <animal opening>

        In [summer|autumn], {hero} gathered {any wild food} and {any wild food} for {his} {animal.home}.
        A {any trait} {friend animal} named {friend} [danced|sang|slept|played] in the [sun|grass|meadow] all day.
        "Come and play with me!" {friend} said {any gladly}. "The winter will be long. You should gather food, too," {hero} said {any kindly}.
        But {friend} only <grinned>.

        Then the snow came. It lay {any number} feet deep. {friend} looked for food for {any number} days.
        At last, {friend.he} came to {hero}'s {any color} door, [wet|cold|tired|weak] and hungry. "Please help me," {friend.he} said {any sadly}.
        {hero} gave {friend.him} a [warm|thick|soft] {any color} blanket, {any wild food} and {any wild food}.
        They told stories about {any animals} and {any animals} until spring.
        <both learned> [it is wise to think of tomorrow|work comes first and play comes after|a good friend shares in hard times].
        """,
)

PLOTS = (SEED, BAKING, LOST_TOY, WINTER)
