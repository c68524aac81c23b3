"""Plots about being kind: sharing, visiting the sick, caring for the small, giving back what is not ours."""

from course_lib.corpus import words
from course_lib.corpus.telling import Plot

SHARING = Plot(
    "sharing",
    lesson="kindness",
    about="toy",
    cast={
        "hero": words.CHILDREN,
        "friend": "hero.friends",
        "adult": words.ADULTS,
        "toy": words.SHARED_TOYS,
        "place": words.OPEN_PLACES,
    },
    text="""
        <child opening>

        <day>, {his} {adult} gave {him} a {any fine} {any color} {toy}. {hero} <went> {place.to} with it and met
        a {any trait} {friend.kind} named {friend}. "What a [nice|lovely|pretty|great|wonderful|splendid] {toy}! May I [try it|have a turn|play, too]?"
        {friend} asked {any gladly}. "No, it is mine!" said {hero}, and {friend} went away [sadly|quietly|slowly|unhappily|glumly|tearfully].

        {hero} played alone, but it was no fun. Then {he} saw {friend}, who sat {place.seats}
        and looked at the [clouds|birds|ants|leaves]. "I'm sorry," {hero} said {any sadly}. "Let's share it!"
        They took turns with the {toy} for {any number} hours and ate {any food} and {any food}.
        <learned> [sharing makes a game more fun|a toy is better with a friend|it feels good to share].
        """,
)

SICK_FRIEND = Plot(
    "sick friend",
    lesson="kindness",
    about="present",
    cast={
        "hero": words.CHILDREN,
        "friend": "hero.friends",
        "present": words.PRESENTS,
    },
    text="""
        {hero} and {friend} were [best|good|old] friends. They both loved {any food}, {any animals} and {any doing}.
        But one {any bad weather} morning in {any month}, {friend} did not come to school.
        "{friend} is sick," the teacher said [sadly|quietly|softly|unhappily|glumly].

        {hero} filled a {any color} basket with {any food}, {any food} and a {any fine} {any color} {present}.
        {He} took it to {friend}'s house near the {any landmark} and told {friend.him} a story about
        a {any trait} {any creature} who wanted to [fly|sing|dance|swim|cook|read|skate|paint].
        {friend} laughed so hard that [the bed shook|{friend.he} forgot to cough|the tea spilled].

        After {any number} days, {friend} was well again. But now {hero} was sick! Who came to the door with {any food},
        {any drink} and a story about a {any trait} {any creature}? It was {friend}, of course.
        <both learned> [friends take care of each other|a good laugh helps you get well|kindness comes back to you].
        """,
)

HURT_BIRD = Plot(
    "hurt bird",
    lesson="kindness",
    about="bird",
    cast={
        "hero": words.CHILDREN,
        "adult": words.ADULTS,
        "bird": words.BIRDS,
    },
    text="""
        <child opening>

        <day>, {hero} found a {bird} near the {any landmark}. One of its wings was hurt.
        "Don't be afraid," {he} said {any kindly} and carried it home in a {any color} {any carrier}.
        "It needs sleep, water and [seeds|crumbs|berries|worms]," said {his} {adult}.
        Every <daytime>, {hero} told it a story about a {any trait} {any creature}.

        After {any number} weeks, the {bird} was strong again. {hero} loved it, but {he} knew that it wanted to be free.
        {He} opened the window, and it flew over the {any landmark}. Then, one {any weather} morning in {any month},
        {hero} heard a [lovely|beautiful|wonderful|pretty|sweet|splendid] song. The {bird} was back with {any number} chicks!
        <learned> [a small kindness is never lost|it is good to help the weak|love means to let others be free].
        """,
)

LOST_PET = Plot(
    "lost pet",
    lesson="kindness",
    about="pet",
    cast={
        "hero": words.CHILDREN,
        "adult": words.ADULTS,
        "pet": words.PETS,
        "pet name": words.PET_NAMES,
        "owner": words.OWNERS,
    },
    text="""
        <child opening>

        One {any bad weather} evening in {any month}, {hero} heard a [soft|small|strange|sad] sound at the door.
        It was a [wet|muddy|tired|hungry|thin] {pet} with a {any color} ribbon around its neck.
        {He} dried it with a {any color} towel. "Can we keep it?" {he} asked {any gladly}.
        "Somebody must miss it," {his} {adult} said {any kindly}.

        The next <daytime>, they asked the {any job}, the {any job} and the {any job}. At last, a {any trait} {owner}
        came out of a {any color} house near the {any landmark}.
        "{Pet name}! You found my {pet name}!" the {owner} <cried>. "Please come and play with us every [Monday|Friday|Sunday|day]."
        And {hero} did. {He} always brought {any food}, {any food} or {any drink}.
        <learned> [it is right to give back what is not yours|a good deed can bring a friend|an honest heart is never lonely].
        """,
)

PLOTS = (SHARING, SICK_FRIEND, HURT_BIRD, LOST_PET)
