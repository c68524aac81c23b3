"""How things are, how they are done, and when.

All words begin with the sound that their first letter promises (no "useful" and no "honest"), so that "a" and "an" can
be told from the letter.
"""

from course_lib.corpus.words.listing import listed

TRAITS = listed("""
    little, young, happy, curious, clever, cheerful, playful, lively, funny, dreamy, merry, smart, busy, quiet,
    small, quick, silly, jolly, sleepy, calm, brave, gentle, kind, shy, proud, bold, bright, careful, friendly,
    helpful, polite, patient, gifted, graceful, grumpy, hopeful, hungry, joyful, lazy, loud, lucky, messy,
    mighty, modest, neat, nimble, noisy, nosy, peaceful, plucky, quirky, restless, shrewd, sensible, serious,
    sincere, skillful, slender, slim, sly, sociable, sturdy, stubborn, sunny, talkative, thoughtful, tidy, tiny,
    timid, tireless, trusty, warm, watchful, wild, wise, witty, adventurous, agile, ambitious, artistic,
    attentive, eager, earnest, energetic, imaginative, inquisitive, inventive, affectionate, bashful,
    boisterous, bouncy, bubbly, chatty, chirpy, courageous, daring, determined, fearless, forgetful, generous,
    giggly, hardworking, humble, loyal, mischievous, musical, nervous, obedient, observant, optimistic, perky,
    reliable, scruffy, sneaky, spirited, sporty, studious, swift, tenderhearted, trustful, zealous, zestful
""")

GLADLY = listed("""
    happily, gladly, cheerfully, proudly, brightly, loudly, merrily, excitedly, eagerly, joyfully, gleefully,
    warmheartedly, delightedly, breathlessly, blissfully, contentedly, enthusiastically, jubilantly, playfully,
    radiantly, thankfully, triumphantly, jauntily, heartily, giddily
""")

SADLY = listed("""
    sadly, quietly, softly, slowly, unhappily, shyly, glumly, gloomily, tearfully, timidly, sorrowfully,
    wearily, hopelessly, miserably, anxiously, nervously, dejectedly, mournfully, bitterly, helplessly,
    fearfully, regretfully, hoarsely, faintly, dully
""")

KINDLY = listed("""
    kindly, gently, warmly, calmly, sweetly, tenderly, patiently, lovingly, thoughtfully, fondly,
    affectionately, reassuringly, soothingly, wisely, generously, graciously, helpfully, politely,
    encouragingly, carefully, compassionately, steadily, simply, honestly, respectfully
""")

DOING = listed("""
    singing, dancing, drawing, reading, painting, jumping, climbing, running, laughing, dreaming, cooking,
    hiking, fishing, gardening, swimming, baking, sewing, knitting, weaving, skating, sledding, sailing, rowing,
    paddling, cycling, camping, exploring, inventing, collecting, counting, spelling, writing, humming,
    whistling, drumming, juggling, acting, cartwheeling, tumbling, stretching, wrestling, racing, hopping,
    skipping, sliding, swinging, digging, planting, building, carving, sculpting, sketching, folding, braiding,
    stargazing, daydreaming, bird-watching, beachcombing, puddle-jumping, storytelling, riddling, somersaulting,
    snorkeling, surfing, canoeing, sightseeing, tinkering, stacking, sorting, puzzling, debating, napping,
    wandering, strolling, galloping, trotting, pretending, gazing
""")

WEATHER = listed("""
    sunny, warm, bright, lovely, clear, fine, windy, cool, quiet, golden, fresh, beautiful, mild, pleasant,
    breezy, dewy, crisp, blue, dry, balmy, hazy, glorious
""")

BAD_WEATHER = listed("""
    rainy, stormy, gray, cold, wet, foggy, windy, dark, snowy, icy, misty, dreary, gloomy, freezing, drizzly,
    cloudy, thundery, chilly, frosty, gusty
""")

COLORS = listed("""
    red, blue, green, yellow, orange, purple, pink, white, brown, silver, black, golden, violet, gray,
    turquoise, crimson, scarlet, emerald, amber, azure, beige, maroon, magenta, lavender, indigo, ivory, khaki,
    lilac, mauve, olive, peach, plum, rose, ruby, rusty, sandy, sapphire, tan, teal, copper, bronze, coral,
    cream, mustard, navy, pearl, cinnamon, cobalt
""")

FINE = listed("""
    nice, lovely, pretty, shiny, beautiful, special, fine, wonderful, new, little, bright, splendid, handsome,
    charming, colorful, cute, delicate, elegant, excellent, fancy, glittering, gorgeous, graceful, grand,
    magical, magnificent, marvelous, neat, perfect, polished, precious, smooth, soft, sparkling, striped,
    spotted, stunning, sturdy, tiny, glossy
""")

JOYS = listed("""
    rain, snow, jokes, songs, long walks, puddles, stars, games, naps, mud, flowers, music, stories, riddles,
    rainbows, sunsets, sunrises, fireworks, parades, picnics, puzzles, races, dances, drums, bells, echoes,
    shadows, bubbles, kites, swings, moonlight, thunder, wind, fog, frost, icicles, snowflakes, fallen leaves,
    feathers, shells, pebbles, secrets, surprises, tricks, holidays, birthdays, festivals, campfires, lanterns,
    waterfalls, tides, rivers, meadows, caves, hills, poems, rhymes, tales, whispers, quiet mornings, sleepy
    evenings, clouds, comets, tunnels, treasure hunts
""")

MONTHS = listed("""
    March, April, May, June, July, August, September, October
""")

NUMBERS = listed("""
    two, three, four, five, six, seven, eight, nine, ten
""")
