"""Plots about truth and trust: a broken vase, a false alarm, a race, a friend who seems to forget."""

from course_lib.corpus import words
from course_lib.corpus.telling import Plot

BROKEN = Plot(
    "broken",
    lesson="honesty",
    about="thing",
    cast={
        "hero": words.CHILDREN,
        "adult": words.ADULTS,
        "thing": words.BREAKABLES,
    },
    text="""
        <child opening>

        One {any bad weather} <daytime> in {any month}, {hero} played with a {any color} ball in the [kitchen|hall|living room|bedroom].
        "Please be careful," {his} {adult} said {any kindly}. But the ball flew too high. Crash!
        A {any fine} {color} {thing} fell down and broke into {any number} pieces. {hero} hid them in a {any color} {any carrier}.

        But {he} felt so bad that {he} could not eat {any food} or {any food} for dinner.
        "I broke the {color} {thing}. I'm sorry," {he} told {his} {adult} {any sadly}.
        {His} {adult} gave {him} a [big|long|warm] hug. "Thank you for telling me the truth," said {his} {adult}. "Let's fix it together."
        They worked for {any number} hours, and the {thing} looked [almost new|a little funny|like a puzzle].
        Then they had {any food} with {any drink}.
        <learned> [the truth makes a heavy heart light|it is brave to tell the truth|the truth is better than a lie].
        """,
)

FALSE_ALARM = Plot(
    "false alarm",
    lesson="honesty",
    about="danger",
    cast={
        "hero": words.ANIMAL_HEROES,
        "animal": words.ANIMALS,
        "friend": "hero.friends",
        "friend animal": words.ANIMALS,
        "danger": words.DANGERS,
    },
    text="""
        <animal opening>

        <day>, {hero} ran up a hill and <cried>, "Help! A [big|huge|terrible|scary|hungry|wild] {danger} is after me!"
        A {any trait} {friend animal} named {friend} dropped {friend.his} {any wild food} and [ran|hurried|rushed] to help.
        But there was no {danger}. "It was only a joke!" {hero} said {any gladly}. {He} did it again {any number} times.
        "One day, nobody will believe you," {friend} said {any sadly}.

        Then, on a {any bad weather} <daytime> in {any month}, {hero} fell into a [deep|dark|cold|muddy] [hole|well|ditch|cave].
        "Help!" {he} <cried>. {friend} thought that it was only a trick, and {hero} waited for {any number} hours.
        At last, {friend} came with a {any color} [rope|lamp|ladder] and pulled {him} out. "I'm sorry. No more tricks!" {hero} said {any sadly}.
        They went home and ate {any wild food}.
        <learned> [nobody believes a liar|a trick is not funny if it hurts a friend|trust is easy to lose and hard to win back].
        """,
)

RACE = Plot(
    "race",
    lesson="honesty",
    about="goal",
    cast={
        "hero": words.ANIMAL_HEROES,
        "animal": words.RUNNERS,
        "friend": "hero.friends",
        "friend animal": words.RUNNERS,
        "goal": words.GOALS,
    },
    text="""
        <animal opening>

        <day>, a {any trait} {friend animal} named {friend} said, "I am the fastest in the [forest|world|land]!"
        "Let's race to the {goal}," said {hero}. A {any trait} {any wild creature} counted {any gladly}, "One, two, three, go!"
        {friend} ran as fast as [the wind|an arrow|a train|a bird], and {hero} was {any number} steps behind.
        But then {friend} fell over a {any color} stone and hurt {friend.his} [leg|foot|knee|tail].

        {hero} could see the {goal}. {He} wanted to win, but {he} turned back. "Lean on me," {he} said {any kindly}.
        They went to the {goal} side by side, and a {any trait} {any wild creature} gave them {any wild food} and {any wild food}.
        "You are a [good|true|real|great] friend," {friend} said {any kindly}.
        <both learned> [helping a friend is better than winning|there is more than one way to win|being kind is better than being fast].
        """,
)

BIRTHDAY = Plot(
    "birthday",
    lesson="honesty",
    about="present",
    cast={
        "hero": words.ANIMAL_HEROES,
        "animal": words.ANIMALS,
        "friend": "hero.friends",
        "friend animal": words.ANIMALS,
        "flavor": words.FLAVORS,
        "present": words.PRESENTS,
    },
    text="""
        <animal opening> One {any weather} morning in {any month}, {he} woke up and smiled. It was {his} birthday!

        {He} <went> to a {any trait} {friend animal} named {friend}. "Do you know what day it is?" {he} asked {any gladly}.
        "It is [Monday|Tuesday|Wednesday|Thursday|Friday]. I am very busy," said {friend} and shut the {any color} door.
        {hero} asked the {any wild creature} and the {any wild creature}, but nobody had time.

        After {any number} hours, {hero} went home {any sadly} to {his} {animal.home}. "Surprise!" many voices <cried>.
        There was a {flavor} cake with {any number} candles, and {friend} gave {him} a {any fine} {any color} {present}.
        "We could never forget you," {friend.he} said {any kindly}. They ate {any wild food}, {any wild food} and the whole cake.
        <learned> [true friends do not forget you|a surprise is worth the wait|the best present is a friend].
        """,
)

PLOTS = (BROKEN, FALSE_ALARM, RACE, BIRTHDAY)
