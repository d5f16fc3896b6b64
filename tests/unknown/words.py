"""Sentences for the pages: as many as wanted, each another, the same for the same seed."""

import random

_RUSSIAN = (
    ("Городской совет", "Районная библиотека", "Ремонтная служба", "Приёмная комиссия", "Инспекция по связи",
     "Союз краеведов",
     "Областной архив", "Транспортное управление", "Учебный центр", "Дирекция парка"),
    ("утвердил", "обсудит", "опубликует", "отложила", "завершает", "пересмотрит", "объяснила", "готовит",
     "начинает", "проверил"),
    ("порядок выдачи читательских билетов", "график отключения воды", "план замены 48 опор",
     "перечень закрытых маршрутов",
     "смету на ремонт крыши", "итоги переписи за 2016 год", "расписание занятий на весну", "правила посещения выставок",
     "отчёт о тарифах на перевозки", "карту старинных переправ"),
    ("до конца марта", "после общего собрания", "по просьбе жителей", "без дополнительных расходов", "в третьем чтении",
     "на средства бюджета", "вопреки прогнозам", "за два рабочих дня", "впервые с 1998 года", "вместе с соседями"),
    ("сообщила пресс-служба", "следует из протокола", "уточнил главный инженер", "решено единогласно",
     "документ размещён в фойе",
     "подробности объявят позже", "срок может быть продлён", "сумма составила 12,4 тыс. рублей",
     "замечания принимаются письменно",
     "ответственный пока не назначен"),
)  # fmt: skip
_BELARUSIAN = (
    ("Гарадскі савет", "Раённая бібліятэка", "Рамонтная служба", "Прыёмная камісія", "Вясковая школа",
     "Суполка краязнаўцаў",
     "Абласны архіў", "Упраўленне транспарту", "Вучэбны цэнтр", "Дырэкцыя парку"),
    ("зацвердзіў", "абмяркуе", "апублікуе", "адклала", "завяршае", "перагледзіць", "растлумачыла", "рыхтуе",
     "пачынае", "праверыў"),
    ("парадак выдачы білетаў", "графік адключэння вады", "план замены 48 апор", "пералік закрытых маршрутаў",
     "каштарыс рамонту даху",
     "вынікі перапісу за 2016 год", "расклад заняткаў на вясну", "правілы наведвання выстаў", "справаздачу аб тарыфах",
     "мапу старых пераправаў"),
    ("да канца сакавіка", "пасля агульнага сходу", "па просьбе жыхароў", "без дадатковых выдаткаў", "у трэцім чытанні",
     "за кошт бюджэту", "насуперак прагнозам", "за два рабочыя дні", "упершыню з 1998 года", "разам з суседзямі"),
    ("паведаміла прэс-служба", "вынікае з пратакола", "удакладніў галоўны інжынер", "вырашана аднагалосна",
     "дакумент вывешаны ў фае",
     "падрабязнасці абвесцяць пазней", "тэрмін можа быць падоўжаны", "сума склала 12,4 тыс. рублёў",
     "заўвагі прымаюцца пісьмова",
     "адказнага пакуль няма"),
)  # fmt: skip
_ENGLISH = (
    ("The town council", "The district library", "The repair crew", "The admissions office", "The rowing club",
     "The map society",
     "The county archive", "The transport board", "The training centre", "The park trust"),
    ("approved", "will discuss", "has published", "postponed", "is finishing", "reviewed", "explained", "drafts",
     "has begun", "checked"),
    ("new rules for reading cards", "the water outage timetable", "a plan to replace 48 poles",
     "the list of closed routes",
     "an estimate for the roof", "the results of the 2016 census", "the spring timetable", "the visiting rules",
     "a report on fares",
     "a map of old crossings"),
    ("before the end of March", "after the general meeting", "at the residents' request", "at no extra cost",
     "on third reading",
     "with public money", "against all forecasts", "within two working days", "for the first time since 1998",
     "with its neighbours"),
    ("the press office said", "the minutes show", "the chief engineer added", "the vote was unanimous",
     "a copy hangs in the hall",
     "details will follow", "the deadline may move", "the total was 12.4 thousand", "comments are taken in writing",
     "nobody is in charge yet"),
)  # fmt: skip
_BY_LANGUAGE = {"ru": _RUSSIAN, "be": _BELARUSIAN, "en": _ENGLISH}


class Writer:
    """Writes in one language; what it writes depends on its seed and on how much it has written."""

    def __init__(self, language: str, seed: int) -> None:
        self._parts = _BY_LANGUAGE[language]
        self._chance = random.Random(f"{language} {seed}")

    def sentence(self) -> str:
        who, does, what, when, source = (self._chance.choice(part) for part in self._parts)
        mark = (
            f" ({self._chance.randint(1, 97)}/{self._chance.randint(100, 999)})" if self._chance.random() < 0.5 else ""
        )
        return f"{who} {does} {what}{mark} {when}, {source}."

    def title(self) -> str:
        who, does, what, *_ = (self._chance.choice(part) for part in self._parts)
        return f"{who} {does} {what} № {self._chance.randint(1, 9999)}"

    def phrase(self) -> str:
        return self._chance.choice(self._parts[2]) + f" {self._chance.randint(1, 999)}"

    def paragraph(self, most: int = 4) -> str:
        return " ".join(self.sentence() for _ in range(self._chance.randint(1, most)))

    def chance(self, share: float) -> bool:
        return self._chance.random() < share

    def number(self, low: int, high: int) -> int:
        return self._chance.randint(low, high)
