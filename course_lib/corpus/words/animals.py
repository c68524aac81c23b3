"""Animals: those that stories and songs are about, those of the forest with their homes, pets and birds."""

from dataclasses import dataclass

from course_lib.corpus.words.listing import listed


@dataclass(frozen=True, eq=False)
class Animal:
    """An animal of the forest, and where it lives."""

    name: str
    home: str


# One and many: "owl/owls".
_ONE_AND_MANY = listed("""
    owl/owls, horse/horses, whale/whales, turtle/turtles, lion/lions, duck/ducks, frog/frogs, tiger/tigers,
    penguin/penguins, cat/cats, bee/bees, elephant/elephants, monkey/monkeys, dolphin/dolphins, panda/pandas,
    camel/camels, sheep/sheep, zebra/zebras, giraffe/giraffes, kangaroo/kangaroos, koala/koalas, parrot/parrots,
    peacock/peacocks, flamingo/flamingos, seal/seals, shark/sharks, octopus/octopuses, crab/crabs,
    lobster/lobsters, starfish/starfish, jellyfish/jellyfish, seahorse/seahorses, squid/squids, salmon/salmon,
    trout/trout, carp/carp, goldfish/goldfish, eel/eels, crocodile/crocodiles, alligator/alligators,
    lizard/lizards, gecko/geckos, chameleon/chameleons, iguana/iguanas, snake/snakes, cobra/cobras,
    python/pythons, tortoise/tortoises, toad/toads, newt/newts, salamander/salamanders, ant/ants,
    beetle/beetles, ladybug/ladybugs, butterfly/butterflies, moth/moths, dragonfly/dragonflies,
    grasshopper/grasshoppers, cricket/crickets, spider/spiders, scorpion/scorpions, snail/snails, worm/worms,
    caterpillar/caterpillars, firefly/fireflies, wasp/wasps, mosquito/mosquitoes, eagle/eagles, hawk/hawks,
    falcon/falcons, vulture/vultures, raven/ravens, crow/crows, magpie/magpies, pigeon/pigeons, dove/doves,
    swan/swans, goose/geese, turkey/turkeys, hen/hens, rooster/roosters, quail/quails, pheasant/pheasants,
    ostrich/ostriches, emu/emus, kiwi/kiwis, stork/storks, crane/cranes, heron/herons, ibis/ibises,
    pelican/pelicans, gull/gulls, albatross/albatrosses, puffin/puffins, cormorant/cormorants,
    woodpecker/woodpeckers, kingfisher/kingfishers, hoopoe/hoopoes, nightingale/nightingales, lark/larks,
    canary/canaries, cuckoo/cuckoos, macaw/macaws, toucan/toucans, hornbill/hornbills, cockatoo/cockatoos,
    goat/goats, pig/pigs, cow/cows, bull/bulls, donkey/donkeys, mule/mules, ox/oxen, yak/yaks, llama/llamas,
    alpaca/alpacas, vicuna/vicunas, buffalo/buffaloes, bison/bison, antelope/antelopes, gazelle/gazelles,
    oryx/oryxes, impala/impalas, kudu/kudus, eland/elands, deer/deer, elk/elk, moose/moose, reindeer/reindeer,
    caribou/caribou, ibex/ibexes, chamois/chamois, wolf/wolves, jackal/jackals, coyote/coyotes, dingo/dingoes,
    hyena/hyenas, leopard/leopards, cheetah/cheetahs, jaguar/jaguars, panther/panthers, puma/pumas, lynx/lynxes,
    ocelot/ocelots, caracal/caracals, serval/servals, meerkat/meerkats, mongoose/mongooses, civet/civets,
    genet/genets, weasel/weasels, stoat/stoats, ferret/ferrets, mink/minks, marten/martens, otter/otters,
    beaver/beavers, badger/badgers, skunk/skunks, raccoon/raccoons, coati/coatis, bear/bears, sloth/sloths,
    anteater/anteaters, armadillo/armadillos, aardvark/aardvarks, pangolin/pangolins, porcupine/porcupines,
    hedgehog/hedgehogs, shrew/shrews, lemur/lemurs, loris/lorises, gibbon/gibbons, gorilla/gorillas,
    chimpanzee/chimpanzees, orangutan/orangutans, baboon/baboons, mandrill/mandrills, macaque/macaques,
    marmoset/marmosets, tamarin/tamarins, rabbit/rabbits, hare/hares, pika/pikas, hamster/hamsters,
    gerbil/gerbils, squirrel/squirrels, chipmunk/chipmunks, marmot/marmots, capybara/capybaras,
    dormouse/dormice, vole/voles, lemming/lemmings, walrus/walruses, manatee/manatees, dugong/dugongs,
    narwhal/narwhals, orca/orcas, porpoise/porpoises, rhinoceros/rhinoceroses, hippopotamus/hippopotamuses,
    tapir/tapirs, okapi/okapis, warthog/warthogs, boar/boars, peccary/peccaries, wombat/wombats,
    wallaby/wallabies, quokka/quokkas, platypus/platypuses, echidna/echidnas, possum/possums,
    bandicoot/bandicoots, numbat/numbats, dhole/dholes, markhor/markhors, saiga/saigas, takin/takins,
    nilgai/nilgais, bobcat/bobcats, cougar/cougars, wolverine/wolverines, chinchilla/chinchillas, degu/degus,
    agouti/agoutis, nutria/nutrias, muskrat/muskrats, woodchuck/woodchucks, gopher/gophers,
    groundhog/groundhogs, jackrabbit/jackrabbits, jerboa/jerboas, springbok/springboks, bongo/bongos,
    duiker/duikers, hartebeest/hartebeests, kob/kobs, waterbuck/waterbucks, topi/topis, wildebeest/wildebeests,
    babirusa/babirusas, anoa/anoas, banteng/bantengs, gaur/gaurs, serow/serows, goral/gorals, tahr/tahrs,
    argali/argalis, mouflon/mouflons, axolotl/axolotls, skink/skinks, anaconda/anacondas, boa/boas,
    viper/vipers, mamba/mambas, adder/adders, cicada/cicadas, mantis/mantises, termite/termites, earwig/earwigs,
    centipede/centipedes, millipede/millipedes, mayfly/mayflies, barracuda/barracudas, halibut/halibuts,
    herring/herrings, mackerel/mackerels, sardine/sardines, tuna/tunas, anchovy/anchovies, perch/perch,
    pike/pike, stingray/stingrays, manta/mantas, turbot/turbots, sturgeon/sturgeons, catfish/catfish,
    swordfish/swordfish, sunfish/sunfish
""")
CREATURES = tuple(pair.partition("/")[0] for pair in _ONE_AND_MANY)
MANY = tuple(pair.partition("/")[2] for pair in _ONE_AND_MANY)

WILD = listed("""
    owl, frog, duck, toad, crow, goose, turtle, deer, beaver, swan, goat, hen, heron, lark, snail, magpie, jay,
    dove, cuckoo, newt, lizard, woodpecker, pheasant, quail, mole, shrew, stork, crane, raven, cricket, boar,
    elk, marmot, hare, stoat, marten, eagle, nightingale, kingfisher, salamander, ladybug, grasshopper, beetle,
    hawk, pigeon, tortoise, porcupine
""")

ANIMALS = tuple(
    Animal(*pair.split(":"))
    for pair in listed("""
        rabbit:burrow, squirrel:hollow tree, mouse:cozy hole, bear:cave, hedgehog:nest of leaves, fox:den,
        badger:warm den, otter:house by the river, raccoon:hollow log, chipmunk:tunnel, beaver:lodge,
        mole:tunnel under the hill, owl:hole in the oak, wolf:den under the rock, deer:thicket, hare:hollow
        in the grass, weasel:hole in the wall, stoat:heap of stones, marten:nest in the pine, dormouse:nest
        of moss, toad:mossy hole, frog:pond, turtle:muddy pool, lizard:crack in the rock, snail:garden wall,
        ant:hill of needles, bee:hive, wren:nest in the hedge, robin:nest in the ivy, duck:nest in the
        reeds, goose:meadow, swan:island, heron:nest in the alder, crow:nest in the elm, magpie:nest in the
        poplar, lynx:cliff, boar:hollow in the ferns, elk:clearing, porcupine:cave under the roots,
        skunk:hole under the barn
    """)
)

RUNNERS = listed("""
    rabbit, fox, squirrel, deer, wolf, mouse, hare, weasel, cheetah, antelope, gazelle, horse, pony, zebra,
    ostrich, emu, coyote, jackal, lynx, leopard, badger, stoat, marten, ferret, mongoose, goat, ibex, elk,
    reindeer, kangaroo
""")

PETS = listed("""
    kitten, puppy, rabbit, parrot, goat, hamster, canary, turtle, pony, lamb, duckling, chick, piglet, guinea
    pig, mouse, ferret, gecko, goldfinch, pigeon, dog, cat, donkey, calf, goose, hen
""")

BIRDS = listed("""
    sparrow, robin, finch, wren, bluebird, swallow, blackbird, thrush, starling, nightingale, lark, titmouse,
    chickadee, nuthatch, goldfinch, bullfinch, greenfinch, chaffinch, siskin, linnet, bunting, warbler, oriole,
    tanager, cardinal, grosbeak, waxwing, flycatcher, redstart, wagtail, pipit, dipper, martin, swift,
    hummingbird, sunbird, weaverbird, bulbul, mynah, babbler, kinglet, catbird, mockingbird, bobolink,
    meadowlark, blackcap, whitethroat, fieldfare, hoopoe, kingfisher, bee-eater, roller, barbet, honeyeater,
    fantail, whistler, lovebird, budgie, canary, turtledove
""")

# What one is afraid of
MONSTERS = listed("""
    monster, ghost, dragon, giant, wolf, witch, pirate, bear, ogre, troll, goblin, vampire, werewolf, mummy,
    skeleton, robber, wizard, demon, phantom, tiger, crocodile, octopus, spider, snake, bat, shark, dinosaur,
    genie, sorcerer, bandit
""")

DANGERS = listed("""
    wolf, snake, tiger, giant, dragon, ghost, monster, bull, lion, bear, crocodile, leopard, shark, scorpion,
    ogre, troll, goblin, thief, robber, pirate, panther, hyena, jaguar, cobra
""")
