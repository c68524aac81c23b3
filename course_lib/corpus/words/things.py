"""Toys, presents, and what can break, be carried, be worn or be found."""

from course_lib.corpus.words.listing import listed

SHARED_TOYS = listed("""
    ball, kite, drum, hoop, jump rope, toy truck, bucket, flute, yo-yo, pinwheel, scooter, sled, skateboard,
    wagon, swing, spinning top, slingshot, bow, toy crane, toy tractor, bubble wand, water pistol, trampoline,
    tambourine, xylophone, harmonica, kaleidoscope, magnifying glass, telescope, compass, chess set, board game,
    box of crayons, toy kitchen, toy castle, dollhouse, marble run, rocking horse, pogo stick, hula hoop,
    frisbee, boomerang, shuttlecock, badminton racket, basketball, football, tennis racket, ping-pong paddle,
    net, toy drum
""")

CARRIED_TOYS = listed("""
    doll, robot, puppet, teddy bear, toy car, toy train, toy boat, rabbit, toy airplane, elephant, toy dinosaur,
    toy lion, toy tiger, toy giraffe, toy owl, toy whale, toy dragon, toy penguin, toy monkey, toy horse, toy
    camel, toy ship, toy tank, toy rocket, toy submarine, toy bus, toy ambulance, toy helicopter, rag doll, tin
    soldier, wooden duck, sock monkey, knitted cat, toy pirate, toy knight, toy fairy, music box, rattle, toy
    puppy, toy kitten, toy turtle, toy snail, toy frog, toy bee, toy koala, toy panda, toy kangaroo, toy mouse,
    toy fox, toy hedgehog
""")

FLYING_TOYS = listed("""
    kite, balloon, paper airplane, ball, toy rocket, pinwheel, beach ball, parachute, frisbee, boomerang, toy
    glider, paper lantern, shuttlecock, feather, toy helicopter, paper bird, ribbon, flag, handkerchief, sun hat
""")

PRESENTS = listed("""
    ball, drum, book, scarf, kite, lantern, hat, flute, blanket, puzzle, teapot, bracelet, necklace, music box,
    paint box, notebook, diary, map, globe, compass, telescope, microscope, camera, clock, watch, mirror, comb,
    pillow, cushion, quilt, carpet, basket, vase, mug, bowl, lunch box, backpack, umbrella, raincoat, sweater,
    pair of gloves, pair of boots, pair of slippers, sewing kit, knitting kit, cookbook, storybook, songbook,
    sketchbook, calendar, bookmark, postcard, stamp album, coin purse, piggy bank, flashlight, candle, lamp,
    night light, magnet, kaleidoscope, whistle, bell, guitar, violin, harmonica, trumpet, xylophone, tambourine,
    maraca, chess set, card game, marble bag, spinning top, jump rope, sled, pair of skates, fishing rod,
    birdhouse, flowerpot, seed box, watering can, toolbox, model ship, toy theater, puppet, mask, crown, magic
    wand, cape, bow tie, brooch, fan, parasol, hammock, tent, sleeping bag, thermos, snow globe, jewel box, sun
    hat, pair of mittens, paper lantern, wind chime, dream catcher, box of chocolates, jar of honey, basket of
    fruit
""")

BREAKABLES = listed("""
    vase, cup, plate, bowl, teapot, jar, flowerpot, lamp, mug, pitcher, saucer, glass, bottle, mirror, clock,
    candlestick, picture frame, sugar bowl, butter dish, egg cup, milk jug, tea glass, snow globe, music box,
    fishbowl, lantern, tile, statue, figurine, piggy bank, serving dish, casserole, salad bowl, soup bowl, fruit
    bowl, cookie jar, jam jar, perfume bottle
""")

SHORE_FINDS = listed("""
    shells, pebbles, feathers, green glass, starfish, driftwood, seaweed, sticks, corks, ropes, nets, coral,
    sponges, fish bones, crab claws, sea urchins, sand dollars, mussels, oysters, clams, cockles, barnacles,
    limpets, coconuts, palm leaves, reeds, bottle caps, buttons, coins, beads, amber, jade, agates, flat stones,
    white stones, red stones, pine cones, acorns, berries, flowers
""")

CARRIERS = listed("""
    hat, sack, basket, box, pail, bag, bucket, bowl, backpack, crate, pouch, purse, wagon, cart, tray, jug, pot,
    pan, tin, trunk, suitcase, wheelbarrow, handkerchief, satchel, tub
""")

CLOTHES = listed("""
    hat, coat, scarf, belt, ribbon, shawl, cap, vest, jacket, sweater, dress, skirt, apron, cloak, poncho,
    kimono, sari, turban, headscarf, beanie, bonnet, beret, bracelet, necklace, brooch, cardigan, raincoat,
    tunic, sash, bandana, cape, robe, blouse, shirt, waistcoat, anklet, ring, bow, badge
""")
