"""Phrases that several plots share, put into their texts with `<name>`."""

PHRASES = {
    # Who the story is about
    "child opening": """
        [Once upon a time, there was a {any trait} {hero.kind} named {hero}.
        |There once was a {any trait} {hero.kind} named {hero}.
        |In a [small|white|tall|cozy|narrow] house [near|not far from|close to] the {any landmark}
        lived a {any trait} {hero.kind} named {hero}.
        |In {any town}, there lived a {any trait} {hero.kind} named {hero}.
        |{hero} was a {any trait} {hero.kind} who lived in {any town}, [near|not far from|close to] the {any landmark}.]
        [{He} loved {any food}, {any animals} and {any doing}.
        |{He} had [long|short|curly|wild|soft] [black|brown|red|dark] hair
        and always wore a {any color} {any clothes}.
        |{His} favorite things were {any food} and {any animals}.]
        """,
    "animal opening": """
        [Once upon a time, a {any trait} {animal} named {hero} lived <in the wild>.
        |There once was a {any trait} {animal} named {hero}, who lived <in the wild>.
        |{hero} was a {any trait} {animal} who lived <in the wild>.]
        {He} loved {any wild food}, {any joy} and {any doing}.
        """,
    "in the wild": """
        [in a green forest|in a quiet valley|under an old oak tree|near a clear stream|at the foot of a mountain
        |at the edge of a meadow|beside a blue lake|on a sunny hill]
        """,
    # When it happens
    "daytime": "[morning|day|afternoon]",
    "day": "[One {any weather} <daytime>|On a {any weather} <daytime>|One <daytime> in {any month}]",
    # How it is said and done
    "cried": "[cried|shouted|called|yelled]",
    "grinned": "[smiled|laughed|grinned|beamed|giggled]",
    "went": "[ran|walked|hurried|rushed|went]",
    # How it ends
    "learned": """
        [From that day on, {hero} knew that|{hero} never forgot that|That day, {hero} learned that|Now {hero} knew that]
        """,
    "both learned": """
        [From that day on, they both knew that|They never forgot that|That day, they both learned that
        |Now they both knew that]
        """,
}
