"""What is eaten and drunk in many countries, and what grows in a garden."""

from course_lib.corpus.words.listing import listed

FOODS = listed("""
    pancakes, cheese, plums, noodles, popcorn, honey, soup, bread, cookies, grapes, rice, carrots, peaches, jam,
    apple pie, cake, pizza, salad, toast, waffles, muffins, pears, apples, bananas, oranges, mangoes, melons,
    watermelon, cherries, strawberries, raspberries, blueberries, figs, dates, apricots, pomegranates, quinces,
    lemons, limes, tangerines, kiwis, papayas, guavas, lychees, coconuts, pineapples, persimmons, mulberries,
    raisins, olives, almonds, walnuts, pistachios, cashews, peanuts, hazelnuts, chestnuts, potatoes, tomatoes,
    cucumbers, peas, beans, lentils, chickpeas, corn, pumpkins, squash, eggplants, peppers, onions, radishes,
    beets, turnips, spinach, cabbage, lettuce, broccoli, cauliflower, mushrooms, yams, okra, plantains, cassava,
    zucchini, artichokes, asparagus, celery, leeks, dumplings, ravioli, spaghetti, macaroni, lasagna, gnocchi,
    pierogi, blini, borscht, goulash, schnitzel, strudel, pretzels, bagels, croissants, baguettes, crepes,
    quiche, omelets, sandwiches, burgers, hot dogs, fries, nachos, tacos, burritos, tamales, quesadillas,
    enchiladas, empanadas, arepas, ceviche, tortillas, guacamole, salsa, churros, flan, alfajores, feijoada,
    pupusas, kebabs, falafel, hummus, tabbouleh, shawarma, pilaf, couscous, tagine, baklava, halva, kunafa,
    lokum, dolma, borek, pide, lavash, sangak, tahdig, ghormeh sabzi, fesenjan, kashk, doogh ice, saffron ice
    cream, sholeh zard, faloodeh, zoolbia, sohan, nabat, halim, dizi, koofteh, kuku, samosas, pakoras, biryani,
    naan, roti, paratha, dosas, idlis, dal, paneer, chutney, kheer, jalebi, laddus, barfi, gulab jamun, raita,
    poha, upma, momos, thukpa, sambal, satay, rendang, nasi goreng, laksa, pho, spring rolls, banh
    mi, pad thai, green curry, sticky rice, adobo, lumpia, pancit, sushi, ramen, udon, soba, tempura,
    onigiri, mochi, miso soup, tofu, edamame, takoyaki, okonomiyaki, kimchi, bibimbap, bulgogi, tteokbokki,
    japchae, congee, bao, wontons, dim sum, mooncakes, fried rice, egg rolls, sesame balls, red bean buns,
    injera, jollof rice, fufu, egusi soup, suya, akara, ugali, chapati, mandazi, pilau, bobotie,
    biltong, koeksisters, thieboudienne, mafe, attieke, kenkey, waakye, shakshuka, harira, msemen, ful, koshari,
    molokhia, porridge, oatmeal, granola, cereal, yogurt, butter, cream, custard, pudding, jelly, marmalade,
    syrup, chocolate, fudge, toffee, caramels, lollipops, licorice, marshmallows, gummy bears, ice cream,
    sorbet, popsicles, cupcakes, brownies, doughnuts, scones, biscuits, crackers, gingerbread, shortbread,
    meringues, macaroons, eclairs, tarts, pies, cobbler, chicken soup, fish soup, stew, chili, curry, meatballs,
    sausages, ham, roast chicken, fish, shrimp, crab cakes, eggs, boiled eggs, scrambled eggs, French toast,
    rice pudding, fruit salad, potato soup, tomato soup, lentil soup, pumpkin pie, cherry pie, lemon cake,
    carrot cake, sesame bread, flatbread, matzo, latkes, blintzes, rugelach, challah, pastrami, coleslaw,
    pickles, sauerkraut, bratwurst, spaetzle, fondue, raclette, risotto, polenta, minestrone, focaccia,
    tiramisu, cannoli, panettone, paella, gazpacho, turron, polvorones, moussaka, souvlaki, tzatziki,
    spanakopita, cevapi, burek, sarma, ajvar, pelmeni, varenyky, kasha, kissel, manti, plov, shashlik,
    khachapuri, khinkali, churchkhela, lavangi, buuz, poutine, bannock, pemmican, ackee, callaloo, roti wraps,
    conch soup, patties, lamingtons, pavlova, damper, hangi, poi, kalua, taro chips, breadfruit, jackfruit,
    rambutans, durians, starfruit, dragon fruit, custard apples, sapodillas, cactus pears, corn bread, rye
    bread, banana bread
""")

WILD_FOODS = listed("""
    berries, nuts, honey, apples, mushrooms, seeds, plums, clover, roots, pears, cherries, acorns, chestnuts,
    grapes, hazelnuts, beechnuts, rosehips, blackberries, elderberries, cranberries, currants, gooseberries,
    sorrel, dandelions, nettles, watercress, buds, bark, pine cones, barley, oats, wheat, millet, sweet grass,
    wild garlic, wild onions, mint, thyme, lavender, juniper berries, crab apples, wild figs, dates, sunflower
    seeds, maple sap, birch leaves, ferns, moss, lichen, water lilies, reeds, tubers, truffles, pine nuts,
    sloes, bilberries, cloudberries, mulberries, walnuts, almonds
""")

DRINKS = listed("""
    milk, tea, cocoa, apple juice, lemonade, cold water, mint tea, orange juice, ginger tea, green tea, mango
    juice, grape juice, coconut water, hot chocolate, rose water, pomegranate juice, cherry juice, carrot juice,
    barley water, ayran, doogh, lassi, horchata, chamomile tea, cinnamon tea, peach juice, plum juice,
    buttermilk, tamarind juice, hibiscus tea, honey milk, almond milk, rice milk, oat milk, soy milk, malted
    milk, pineapple juice, guava juice, melon juice, elderflower water, lime water, sorrel juice, saffron tea,
    cardamom tea, jasmine tea, apricot nectar, birch juice, cucumber water, vanilla milk, strawberry milk
""")

TREATS = listed("""
    cake, pie, pudding, tart, bun, muffin, roll, waffle, cookie, cupcake, pancake, doughnut, scone, strudel,
    crumble, cobbler, trifle, sponge cake, cheesecake, brownie, biscuit, flan, sorbet, jelly, custard, souffle,
    crepe, turnover, pastry, loaf
""")

FLAVORS = listed("""
    apple, lemon, banana, cherry, carrot, honey, plum, chocolate, orange, pear, vanilla, strawberry, raspberry,
    blueberry, blackberry, peach, apricot, mango, pineapple, coconut, lime, fig, date, pumpkin, cinnamon,
    ginger, cardamom, saffron, rose, pistachio, almond, walnut, hazelnut, peanut, sesame, poppy seed, caramel,
    coffee, mint, melon, guava, quince, pomegranate, rhubarb, gooseberry, cranberry, maple, butter, cheese,
    spinach
""")

# What a seed grows into; all of them become tall
CROPS = listed("""
    sunflower, bean plant, tomato plant, rose bush, pea plant, corn plant, raspberry bush, lily, pumpkin vine,
    melon vine, cucumber vine, grapevine, fig tree, apple tree, pear tree, cherry tree, plum tree, peach tree,
    apricot tree, lemon tree, orange tree, olive tree, almond tree, walnut tree, pomegranate tree, date palm,
    mango tree, banana plant, pepper plant, potato plant, cotton plant, tea bush, jasmine bush, lavender bush,
    mint plant, basil plant, marigold, iris, orchid, dahlia, zinnia, foxglove, magnolia, acacia
""")
