"""A name is found however it is written, and nobody else is taken for it."""

import random
import time

import pytest

from stories.namesearch import Matcher, letters_count

WRITTEN = [
    ("Jane Doe", "We met Jane Doe."),
    ("Jane Doe", "JANE  DOE"),
    ("Jane Doe", "Doe, Jane"),
    ("Jane Doe", "jane-doe"),
    ("Jane Doe", "photo_JaneDoe_2019.JPG"),
    ("Jane Doe", "janedoe2019.jpg"),
    ("Jane Doe", "Jane Doe’s house"),
    ("Jane Doe", "<p>met J<em>an</em>e <strong>Doe</strong></p>"),
    ("Jane Doe", "<p>Jane</p><p>Doe</p>"),
    ("Jane Doe", "&#74;ane&nbsp;Doe"),
    ("Jane Doe", "<a href='https://example.org/jane-doe'>her</a>"),
    ("Jane Doe", "https://example.org/jane%20doe"),
    ("Jane Doe", "Jane\u00adDoe and Ja\u200bne Do\u200be"),
    ("Jane Doe", "Ｊａｎｅ Ｄｏｅ"),
    ("Jané Dôe", "jane doe"),
    ("Jane Doe", "Jāne Dóe"),
    ("Łukasz Żółty", "lukasz-zolty.webp"),
    ("Abdul Rahman", "AbdulRahman wrote"),
    ("Ann", "said Ann."),
    ("Иван Щербаков", "ИВАН ЩЕРБАКОВ"),
    ("Иван Щербаков", "Ivan Shcherbakov"),
    ("Ivan Shcherbakov", "писал Иван Щербаков вчера"),
    ("Алексей Юрьев", "Alexey Yurev"),
    ("Михаил Петров", "Mihail Petrov"),
    ("Yulia Petrova", "Юлия Петрова"),
    ("Γιώργος Παππάς", "giorgos-pappas"),
    ("نرگس محمدی", "نَرگِس مُحَمَّدی"),
    ("نرگس محمدي", "گفت نرگس محمدی است"),
    ("نرگس محمدی", "نرگس\u200cمحمدی"),
    ("نرگس محمدی", "ونرگس محمدی"),
    ("نرگس محمدی", "Narges Mohammadi said"),
    ("Narges Mohammadi", "گفت نرگس محمدی است"),
    ("שירין כהן", "דיברה שִׁירִין כֹּהֵן אמש"),
    ("שירין כהן", "ושירין כהן"),
    ("שירין לוינסון", "Shirin Levinson"),
    ("王小明", "我们的朋友王小明在那里"),
    ("王小明", "Wang Xiaoming"),
    ("Wang Xiaoming", "朋友王小明在"),
    ("김철수", "친구 김철수는 갔다"),
    ("田中さくら", "友達の田中さくらは"),
]
INNOCENT = [
    ("Ann", "An announcement of Annapolis, anno 1999: annexed, Hanna, Anne."),
    ("Ana", "banana, Anatolia, Diana"),
    ("Ali Reza", "a reality that resizes; Ali and Reza"),
    ("Jan", "in January Ian came"),
    ("Bo Li", "Bolivia, boli, abolish, bo lit"),
    ("Jane Doe", "Jane. Doesn’t she? Jane’s does"),
    ("May Lee", "It may be Leeds; maybe, leeward"),
    ("Will Power", "The will of the powerful"),
    ("王小明", "汪晓明"),
    ("نرگس محمدی", "The energies of many homes and more enemies"),
    ("علی رضا", "Lord, all read a letter, already"),
    ("Иван Петров", "Evan patrols the van; even a petrol pump"),
]


@pytest.mark.parametrize(("name", "text"), WRITTEN)
def test_a_name_is_found_however_it_is_written(name, text):
    assert Matcher([name]).find(text) == {0}


@pytest.mark.parametrize(("name", "text"), INNOCENT)
def test_nobody_else_is_taken_for_it(name, text):
    assert Matcher([name]).find(text) == set()


@pytest.mark.parametrize("text", ["", " ", "<", "&", "%", "<p", "&#x110000;", "%ff%fe", "\x00",
                                  "\ud800", "٠١٢", "🙂", "a" * 100_000])  # fmt: skip
def test_no_text_is_too_odd_to_be_read(text):
    assert Matcher(["Jane Doe", "نرگس محمدی", "王小明"]).find(text) == set()


def test_a_list_says_which_of_its_names_was_found():
    matcher = Matcher(["Jane Doe", "Иван Щербаков", "Doe Jane", "Omid"])
    assert matcher.find("Omid met jane-doe") == {0, 2, 3}
    assert Matcher([]).find("Omid") == set()


@pytest.mark.parametrize(("name", "is_long_enough"), [("Bo", False), ("Ann", True), ("王", False),
                                                      ("王明", True), ("--", False)])  # fmt: skip
def test_how_long_a_name_is(name, is_long_enough):
    assert (letters_count(name) >= 3) is is_long_enough


def test_a_long_list_and_a_long_text_take_little_time():
    chance = random.Random(7)
    first = ["Ana", "Omid", "Leyla", "Sergei", "Наталья", "نرگس"]
    names = [
        f"{chance.choice(first)} {''.join(chance.choices('abcdefghijklmnoprst', k=7))}"
        for _ in range(500)
    ]
    matcher = Matcher(names)
    words = ["".join(chance.choices("abcdefghilmnoprstu", k=chance.randint(2, 9)))
             for _ in range(1500)]  # fmt: skip
    text = " ".join(chance.choices(words, k=9000))[:50_000]
    assert matcher.find(f"<p>{text} {names[3]}</p>") >= {3}
    times = []
    for _ in range(5):
        began = time.process_time()
        matcher.find(f"<p>{text}</p>")
        times.append(time.process_time() - began)
    assert min(times) < 0.15, "about 0.03 seconds on a quiet machine"
