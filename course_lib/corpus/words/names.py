"""Names of people, animals, toys and towns from many parts of the world, in letters that ASCII has.

No name stands in two lists, and none is also a word that may begin a sentence ("Will", "Hope", "June").
"""

from course_lib.corpus.words.listing import listed

GIRLS = listed("""
    Lily, Mia, Anna, Zoe, Lucy, Ella, Nora, Sara, Amy, Maya, Leila, Mina, Kate, Emma, Clara, Rosie, Alice, Jane,
    Sofia, Emily, Chloe, Layla, Hannah, Aisha, Fatima, Zahra, Maryam, Yasmin, Nasrin, Shirin, Parisa, Niloufar,
    Roya, Mahsa, Azadeh, Golnar, Laleh, Setareh, Taraneh, Elham, Samira, Soraya, Farah, Nazanin, Mahnaz, Simin,
    Pari, Ziba, Donya, Bahar, Ava, Olivia, Isabella, Amelia, Charlotte, Evelyn, Abigail, Harper, Camila, Elena,
    Valentina, Lucia, Paula, Carmen, Ines, Marta, Pilar, Rocio, Ximena, Catalina, Gabriela, Mariana, Renata,
    Fernanda, Daniela, Paloma, Marisol, Itzel, Xochitl, Yolanda, Esperanza, Luz, Beatriz, Juana, Rafaela,
    Larissa, Bruna, Thais, Luana, Iara, Jacira, Mei, Xiu, Lan, Jing, Yan, Hui, Fang, Qing, Yue, Ying, Sakura,
    Hana, Yuki, Aiko, Emi, Keiko, Naoko, Haruka, Akari, Mio, Rin, Yui, Kaede, Nanami, Hinata, Misaki, Ayaka,
    Chiyo, Fumiko, Setsuko, Jisoo, Minji, Yuna, Hyejin, Sujin, Eunji, Haneul, Nari, Bora, Seoyeon, Areum, Dalia,
    Thuy, Huong, Lien, Mai, Ngoc, Phuong, Trang, Anh, Hien, Malee, Ploy, Suda, Kanya, Araya, Nok, Siti, Dewi,
    Putri, Ratna, Wulan, Intan, Melati, Kartika, Indah, Nurul, Priya, Anjali, Asha, Kavita, Lakshmi, Meera,
    Nisha, Pooja, Radha, Sita, Sunita, Usha, Divya, Deepa, Indira, Kiran, Leela, Madhu, Neha, Padma, Rani,
    Shanti, Tara, Uma, Vidya, Aditi, Ananya, Diya, Isha, Jaya, Lata, Nalini, Pallavi, Rekha, Sarita, Tanvi,
    Varsha, Amara, Adanna, Chioma, Ngozi, Ifeoma, Nneka, Zainab, Halima, Hadiza, Amina, Bisi, Folake, Yetunde,
    Titilayo, Abena, Akosua, Efua, Adwoa, Afia, Wanjiru, Njeri, Achieng, Atieno, Akinyi, Makena, Neema, Zawadi,
    Rehema, Subira, Asante, Imani, Nia, Ayana, Tigist, Selam, Hiwot, Makda, Almaz, Meron, Saba, Liya, Feven,
    Thandi, Nomsa, Zanele, Lindiwe, Sibongile, Nandi, Naledi, Lerato, Palesa, Kagiso, Tendai, Chipo, Rudo,
    Tsitsi, Nyasha, Fatou, Aminata, Mariama, Khady, Rokia, Oumou, Djeneba, Salimata, Bintou, Amal, Hala, Iman,
    Jamila, Khadija, Lubna, Maha, Nadia, Noor, Rania, Reem, Salma, Samar, Sana, Hiba, Huda, Dina, Dalal, Ghada,
    Hanan, Inas, Lamia, Mona, Nawal, Rima, Safiya, Siham, Wafa, Widad, Zeinab, Ayse, Elif, Zeynep, Defne, Ceren,
    Ebru, Gizem, Hande, Irem, Melis, Nehir, Pinar, Selin, Sevgi, Tugba, Yaprak, Ayten, Dilek, Esra, Natasha,
    Olga, Irina, Svetlana, Tatiana, Ludmila, Katya, Masha, Dasha, Anya, Vera, Galina, Nina, Oksana, Halyna,
    Bohdana, Zlata, Mila, Jelena, Milica, Ivana, Dragana, Snezana, Vesna, Zorica, Agnieszka, Kasia, Magda,
    Zofia, Hania, Ewa, Jadwiga, Krystyna, Ilona, Zsofia, Eszter, Reka, Boglarka, Ioana, Andreea, Ileana, Simona,
    Raluca, Eleni, Katerina, Ioanna, Despina, Danae, Kalliope, Ariadne, Thalia, Giulia, Chiara, Francesca,
    Bianca, Ginevra, Elisa, Ornella, Lorenza, Amelie, Camille, Margaux, Juliette, Manon, Elodie, Celine,
    Brigitte, Colette, Solange, Heidi, Greta, Liesel, Ingrid, Astrid, Freya, Sigrid, Solveig, Linnea, Saga,
    Elsa, Maja, Ebba, Tuva, Aino, Helmi, Aili, Venla, Siiri, Kaisa, Birgit, Anneli, Siobhan, Niamh, Aoife,
    Saoirse, Ciara, Roisin, Bronwyn, Carys, Rhiannon, Seren, Isla, Eilidh, Morag, Catriona, Fiona, Aroha, Moana,
    Mere, Hinemoa, Kahu, Leilani, Malia, Kalea, Noelani, Tala, Lani, Winona, Kaya, Aponi, Halona, Nizhoni,
    Sayen, Quilla, Killa, Sumaq, Wayra, Margarita, Josefina, Consuelo, Amparo, Remedios, Dolores, Guadalupe,
    Rosalba, Eugenia, Veronica, Patricia, Monica, Cristina, Natalia, Carolina, Alejandra, Andrea, Silvia,
    Claudia, Teresa, Angela, Diana, Helena, Irene, Julia, Laura, Lidia, Magdalena, Martha, Miriam, Naomi,
    Rachel, Rebecca, Ruth, Susanna, Tamar, Deborah, Judith, Esther, Priscilla, Phoebe, Matilda, Beatrice,
    Eleanor, Frances, Harriet, Imogen, Josephine, Louisa, Madeleine, Penelope, Philippa, Rosamund, Winifred,
    Agatha, Cordelia, Dorothea, Edith, Georgina, Henrietta, Isolde, Jemima, Lavinia, Miranda, Ophelia, Octavia,
    Sabrina, Tabitha, Ursula, Yvonne, Zelda, Akemi, Chihiro, Kotone, Sayuri, Tomoko, Yoshiko, Hyori, Soyeon,
    Dahyun, Jiwon, Narantuya, Sarangerel, Altantsetseg, Gulnara, Aigul, Dilnoza, Nigora, Mavluda, Shahlo,
    Anahit, Lusine, Narine, Ketevan, Nino, Tamriko
""")

BOYS = listed("""
    Tom, Ben, Max, Sam, Leo, Tim, Jack, Finn, Omar, Adam, Noah, Amir, Luke, Peter, Paul, Daniel, Henry, Ali,
    Oliver, Liam, Ethan, Jacob, Lucas, Mateo, Diego, Reza, Hassan, Hossein, Mehdi, Arash, Babak, Behzad,
    Dariush, Farhad, Kaveh, Kian, Koorosh, Mazdak, Navid, Parviz, Ramin, Rostam, Saeed, Shahin, Siavash, Sohrab,
    Soroush, Bijan, Cyrus, Farid, Hamid, Iraj, Jamshid, Kamran, Masoud, Mohsen, Nader, Omid, Payam, Peyman,
    Vahid, Yahya, Ziad, Samir, Karim, Khalid, Youssef, Ibrahim, Ismail, Bilal, Tariq, Rashid, Salim, Walid,
    Zayd, Anas, Ayman, Basil, Fadi, Faisal, Ghassan, Habib, Hatem, Idris, Jamal, Jawad, Kareem, Luqman, Mahir,
    Majid, Marwan, Munir, Mustafa, Nabil, Nasser, Nizar, Qasim, Rami, Riad, Sabri, Samer, Sami, Suhail, Taher,
    Usama, Wael, Yasin, Yunus, Zuhair, James, William, Benjamin, Samuel, David, Joseph, Carter, Owen, Wyatt,
    Isaac, Gabriel, Julian, Anthony, Dylan, Lincoln, Thomas, Charles, Caleb, Nathan, Isaiah, Elijah, Ezra,
    Santiago, Sebastian, Emiliano, Joaquin, Rafael, Andres, Carlos, Javier, Miguel, Pedro, Luis, Jose, Juan,
    Jorge, Pablo, Ramon, Raul, Ricardo, Roberto, Sergio, Tomas, Vicente, Ignacio, Esteban, Felipe, Fernando,
    Gonzalo, Hugo, Ivan, Lorenzo, Manuel, Marcos, Martin, Nicolas, Octavio, Rodrigo, Thiago, Caetano, Davi,
    Joao, Murilo, Otavio, Tadeu, Ubirajara, Wei, Jun, Ming, Hao, Feng, Tao, Chen, Jian, Kai, Peng, Qiang, Rong,
    Wen, Xin, Yang, Zhen, Haruto, Yuto, Sota, Riku, Kaito, Asahi, Minato, Itsuki, Daiki, Hiroshi, Kenji,
    Takeshi, Satoshi, Makoto, Naoki, Ryota, Shota, Tatsuya, Yamato, Akira, Goro, Ichiro, Jiro, Saburo, Minho,
    Jihoon, Seojun, Doyun, Hajun, Jiho, Junseo, Siwoo, Yejun, Taeyang, Hyun, Jaemin, Minjae, Sungmin, Woojin,
    Duc, Hieu, Hung, Khoa, Nam, Phuc, Quan, Thanh, Tuan, Vinh, Anan, Chai, Kasem, Niran, Prasert, Somchai,
    Thaksin, Wichai, Adi, Agus, Bambang, Budi, Dimas, Eko, Hendra, Joko, Surya, Wayan, Arjun, Rohan, Vikram,
    Ravi, Sanjay, Anil, Ajay, Ashok, Deepak, Dev, Ganesh, Gopal, Hari, Ishaan, Jai, Karan, Krishna, Kunal,
    Lokesh, Manoj, Mohan, Naveen, Nikhil, Pranav, Rahul, Rajesh, Rakesh, Sachin, Shiva, Sunil, Suresh, Tarun,
    Varun, Vijay, Vinod, Vivek, Yash, Kwame, Kofi, Kojo, Kwesi, Yaw, Kwabena, Kwaku, Ekow, Chidi, Emeka, Obinna,
    Uche, Ikenna, Nnamdi, Chinedu, Tunde, Segun, Femi, Kunle, Dele, Gbenga, Wale, Musa, Sani, Aliyu, Garba,
    Tanko, Juma, Baraka, Jabari, Hamisi, Simba, Tumaini, Kamau, Mwangi, Kariuki, Otieno, Odhiambo, Ochieng,
    Kiprop, Kibet, Abebe, Bekele, Dawit, Girma, Haile, Kebede, Tesfaye, Yonas, Mulugeta, Sipho, Thabo, Themba,
    Mandla, Bongani, Sizwe, Lwazi, Tshepo, Kabelo, Katlego, Tatenda, Farai, Tinashe, Kudzai, Mamadou, Ousmane,
    Modibo, Seydou, Boubacar, Cheikh, Moussa, Abdou, Lamine, Souleymane, Emre, Deniz, Kerem, Mert, Ozan, Baris,
    Cem, Efe, Tolga, Umut, Yusuf, Onur, Selim, Kadir, Orhan, Dmitri, Sergei, Alexei, Mikhail, Boris, Igor, Oleg,
    Pavel, Vladimir, Yuri, Nikita, Kirill, Maxim, Fyodor, Taras, Bohdan, Ostap, Danylo, Marko, Nikola, Luka,
    Stefan, Milos, Dusan, Zoran, Goran, Bogdan, Vuk, Jan, Piotr, Krzysztof, Wojciech, Tomasz, Kacper, Jakub,
    Antoni, Stanislaw, Bartosz, Laszlo, Gabor, Bence, Zoltan, Balazs, Andrei, Mihai, Radu, Vlad, Horia, Nikos,
    Yannis, Kostas, Stavros, Petros, Spyros, Theo, Marco, Luca, Matteo, Giovanni, Alessandro, Federico, Giacomo,
    Tommaso, Pietro, Dante, Louis, Jules, Antoine, Etienne, Mathis, Remy, Thibault, Bastien, Guillaume, Pascal,
    Karl, Otmar, Lukas, Jonas, Felix, Emil, Anton, Bjorn, Lars, Nils, Sven, Erik, Olav, Magnus, Gustav, Axel,
    Viggo, Oskari, Eino, Veikko, Onni, Ilmari, Aatos, Toivo, Eero, Conor, Cillian, Declan, Eoin, Oisin, Padraig,
    Rory, Seamus, Dafydd, Gareth, Iestyn, Rhys, Hamish, Angus, Callum, Duncan, Ewan, Lachlan, Tane, Rangi,
    Wiremu, Hemi, Kimo, Keanu, Makoa, Ikaika, Manaia, Tavita, Ioane, Sefa, Koa, Chayton, Takoda, Ahanu, Inti,
    Amaru, Illari, Yuma, Albert, Alfred, Arthur, Bernard, Cedric, Clement, Cuthbert, Edgar, Edmund, Edward,
    Ernest, Francis, Frederick, George, Gilbert, Godfrey, Harold, Herbert, Hubert, Humphrey, Leonard, Leopold,
    Lionel, Maurice, Nathaniel, Nigel, Percival, Quentin, Ralph, Reginald, Roland, Rupert, Simon, Stanley,
    Theodore, Timothy, Vincent, Walter, Wilfred, Alonso, Arturo, Bautista, Camilo, Cesar, Damian, Domingo,
    Eduardo, Enrique, Ernesto, Fabian, Facundo, Gerardo, Guillermo, Gustavo, Hernan, Humberto, Isidro, Jaime,
    Leandro, Leonel, Mauricio, Maximo, Nahuel, Osvaldo, Patricio, Ramiro, Renato, Rodolfo, Saul, Teodoro,
    Ulises, Valentin, Xavier, Batbayar, Ganbold, Temujin, Timur, Nurlan, Rustam, Shavkat, Ulugbek, Aram, Hayk,
    Tigran, Vahan, Giorgi, Levan, Zaza, Irakli, Kenta, Masaru, Noboru, Osamu, Shinji, Tadashi, Yoshio, Donghyun,
    Kyungsoo, Wonbin, Sina
""")

# Animals that are the hero of their story
ANIMAL_GIRLS = listed("""
    Dot, Coco, Hazel, Poppy, Daisy, Pearl, Bella, Luna, Mimi, Tilly, Willow, Maple, Juniper, Clover, Bramble,
    Dewdrop, Twinkle, Rosalind, Petunia, Primrose, Tansy, Blossom, Marigold, Tulip, Lulubel, Nutmeg, Saffron,
    Cinnamon, Honeybell, Pippa, Flora, Minnie, Dolly, Dumpling, Ruffle, Misty, Sparkle, Starlet, Bluebell,
    Cherrie, Peony, Zinnia
""")

ANIMAL_BOYS = listed("""
    Pip, Bruno, Milo, Oscar, Rusty, Bobo, Toby, Otto, Ziggy, Benny, Bumble, Chester, Digby, Fergus, Gizmo,
    Hopper, Jasper, Kipper, Mossy, Nibbles, Pogo, Quincy, Rufus, Scout, Tumble, Umber, Waldo, Yodel, Zippy,
    Barnaby, Clawson, Dusty, Elmer, Fidget, Grumble, Inky, Jumper, Kernel, Logan, Nugget, Orso, Paddy, Ripple,
    Sprout, Wiggles, Zigzag
""")

PET_NAMES = listed("""
    Biscuit, Snowy, Pepper, Peanut, Cookie, Fluffy, Buddy, Muffin, Shadow, Spot, Socks, Mittens, Smokey, Sunny,
    Rocky, Buttons, Cupcake, Pumpkin, Pickles, Waffles, Noodle, Marbles, Toffee, Caramel, Mocha, Oreo, Sushi,
    Taco, Coconut, Papaya, Sesame, Paprika, Bagel, Pretzel, Popcorn, Crumpet, Custard, Truffle, Jellybean,
    Sprinkles, Bubbles, Skipper, Sailor, Bandit, Rascal, Trickster, Domino, Bingo, Checkers, Patches, Freckles,
    Dimples, Whiskers, Paws, Snuggles, Cuddles, Fuzzy, Woolly, Curly, Velvet, Satin, Silky, Comet, Orbit, Cosmo,
    Nova, Saturn, Pluto, Neptune, Jupiter, Stormy, Cloudy, Drizzle, Snowball, Icicle, Frosty, Flurry, Pebbles,
    Boulder, Sandy, Dusky, Midnight, Ebony, Ivory, Amber, Ruby, Topaz, Garnet, Copper, Nickel, Penny, Tango,
    Samba, Polka, Rumba, Banjo, Fiddle, Bongo, Piccolo, Melody, Rhyme
""")

TOY_NAMES = listed("""
    Bobby, Nono, Captain, Lulu, Button, Patch, Jolly, Bingley, Zuzu, Kiki, Dodo, Fifi, Gogo, Hobo, Jojo, Koko,
    Lolo, Momo, Nana, Pompom, Riri, Soso, Tutu, Vivi, Wawa, Yoyo, Knightly, Goldie, Rags, Scraps, Stitches,
    Threads, Tinny, Bolts, Springs, Cogs, Sprocket, Whirly, Twisty, Bouncer, Floppy, Squishy
""")

TOWNS = listed("""
    London, Paris, Tehran, Shiraz, Isfahan, Tabriz, Mashhad, Yazd, Kerman, Rasht, Hamedan, Qom, Ahvaz, Kashan,
    Zanjan, Istanbul, Ankara, Izmir, Bursa, Antalya, Konya, Trabzon, Cairo, Aswan, Luxor, Giza, Tunis, Sfax,
    Algiers, Oran, Fez, Rabat, Casablanca, Marrakesh, Tangier, Damascus, Aleppo, Beirut, Tripoli, Amman, Aqaba,
    Jericho, Nablus, Baghdad, Basra, Mosul, Erbil, Doha, Muscat, Sanaa, Riyadh, Jeddah, Mecca, Medina, Dubai,
    Kabul, Herat, Kandahar, Balkh, Lahore, Karachi, Multan, Peshawar, Quetta, Delhi, Mumbai, Kolkata, Chennai,
    Jaipur, Agra, Pune, Surat, Kochi, Mysore, Varanasi, Amritsar, Lucknow, Bhopal, Dhaka, Sylhet, Chittagong,
    Kathmandu, Pokhara, Thimphu, Colombo, Kandy, Galle, Yangon, Mandalay, Bangkok, Phuket, Hanoi, Saigon,
    Danang, Vientiane, Manila, Cebu, Davao, Jakarta, Bandung, Surabaya, Medan, Denpasar, Malacca, Penang,
    Kuching, Beijing, Shanghai, Nanjing, Suzhou, Hangzhou, Xian, Chengdu, Kunming, Guilin, Harbin, Lhasa,
    Taipei, Tainan, Tokyo, Kyoto, Osaka, Nara, Kobe, Nagoya, Sapporo, Sendai, Hiroshima, Nagasaki, Seoul, Busan,
    Incheon, Daegu, Gwangju, Jeonju, Ulaanbaatar, Almaty, Tashkent, Samarkand, Bukhara, Dushanbe, Bishkek,
    Ashgabat, Baku, Tbilisi, Yerevan, Nairobi, Mombasa, Kisumu, Lamu, Kampala, Entebbe, Kigali, Bujumbura,
    Dodoma, Arusha, Zanzibar, Mwanza, Lusaka, Harare, Bulawayo, Gaborone, Windhoek, Maputo, Beira, Durban,
    Soweto, Pretoria, Antananarivo, Lagos, Ibadan, Kano, Abuja, Enugu, Accra, Kumasi, Tamale, Lome, Cotonou,
    Ouagadougou, Bamako, Timbuktu, Dakar, Banjul, Conakry, Freetown, Monrovia, Abidjan, Yaounde, Douala,
    Libreville, Kinshasa, Luanda, Gondar, Lalibela, Harar, Asmara, Khartoum, Juba, Mogadishu, Hargeisa,
    Djibouti, Madrid, Sevilla, Granada, Bilbao, Toledo, Cordoba, Malaga, Lisbon, Porto, Braga, Coimbra, Rome,
    Milan, Venice, Naples, Turin, Bologna, Pisa, Verona, Palermo, Lyon, Bordeaux, Toulouse, Lille, Nantes,
    Rennes, Dijon, Brussels, Ghent, Bruges, Antwerp, Utrecht, Delft, Leiden, Rotterdam, Berlin, Munich, Hamburg,
    Cologne, Dresden, Leipzig, Bremen, Vienna, Graz, Salzburg, Linz, Zurich, Geneva, Basel, Prague, Brno,
    Warsaw, Krakow, Gdansk, Lublin, Poznan, Budapest, Szeged, Pecs, Bucharest, Cluj, Brasov, Sibiu, Plovdiv,
    Varna, Belgrade, Zagreb, Sarajevo, Mostar, Skopje, Ohrid, Tirana, Athens, Patras, Corfu, Kyiv, Lviv, Odesa,
    Moscow, Kazan, Omsk, Tomsk, Minsk, Vilnius, Riga, Tallinn, Helsinki, Turku, Tampere, Oulu, Stockholm, Malmo,
    Uppsala, Oslo, Bergen, Trondheim, Tromso, Copenhagen, Aarhus, Odense, Reykjavik, Dublin, Galway, Limerick,
    Belfast, Cardiff, Swansea, Edinburgh, Glasgow, Dundee, Aberdeen, Inverness, Leeds, Oxford, Bristol,
    Brighton, Norwich, Havana, Kingston, Nassau, Caracas, Bogota, Medellin, Cartagena, Quito, Cuenca, Lima,
    Cusco, Arequipa, Puno, Asuncion, Montevideo, Rosario, Mendoza, Salta, Valparaiso, Temuco, Recife, Manaus,
    Belem, Curitiba, Oaxaca, Puebla, Merida, Tijuana, Cancun, Managua, Boston, Chicago, Denver, Seattle,
    Portland, Houston, Memphis, Nashville, Detroit, Toronto, Montreal, Ottawa, Quebec, Halifax, Winnipeg,
    Calgary, Vancouver, Whitehorse, Honolulu, Hilo, Suva, Apia, Wellington, Auckland, Dunedin, Rotorua, Hobart,
    Cairns, Broome, Bushehr, Ardabil, Urmia, Arak, Gorgan, Semnan, Birjand, Zahedan, Sanandaj, Khorramabad,
    Bojnord, Abadan, Dezful, Nishapur, Sabzevar, Maragheh, Kerbala, Najaf, Samarra, Kirkuk, Latakia, Palmyra,
    Sidon, Haifa, Nazareth, Irbid, Madaba, Sohar, Salalah, Nizwa, Manama, Sharjah, Hodeidah, Mukalla, Benghazi,
    Annaba, Agadir, Meknes, Essaouira, Nouakchott, Niamey, Agadez, Zinder, Maradi, Ndjamena, Bangui,
    Brazzaville, Malabo, Lubumbashi, Bukavu, Kisangani, Huambo, Lobito, Lilongwe, Blantyre, Mzuzu, Ndola,
    Francistown, Maun, Swakopmund, Bloemfontein, Polokwane, Nelspruit, Maseru, Mbabane, Toamasina, Mahajanga,
    Moroni, Guwahati, Shillong, Imphal, Ranchi, Patna, Cuttack, Nagpur, Nashik, Indore, Gwalior, Udaipur,
    Jodhpur, Bikaner, Ajmer, Srinagar, Shimla, Dehradun, Madurai, Trichy, Vellore, Kollam, Thrissur, Mangalore,
    Hubli, Belgaum, Vijayawada, Guntur, Warangal, Khulna, Rajshahi, Barisal, Biratnagar, Janakpur, Jaffna,
    Trincomalee, Bago, Mawlamyine, Ayutthaya, Sukhothai, Lampang, Pakse, Savannakhet, Dalat, Battambang, Iloilo,
    Bacolod, Zamboanga, Baguio, Makassar, Manado, Palembang, Padang, Pontianak, Balikpapan, Ambon, Kupang, Ipoh,
    Kuantan, Dili, Brunei, Macau, Shenzhen, Xiamen, Fuzhou, Wuhan, Changsha, Nanchang, Hefei, Jinan, Qingdao,
    Dalian, Shenyang, Changchun, Lanzhou, Xining, Urumqi, Kashgar, Hohhot, Datong, Taiyuan, Zhengzhou, Luoyang,
    Kaifeng
""")
