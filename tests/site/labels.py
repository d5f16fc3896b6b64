"""The words of the site's frame in its three languages: names, menus, blocks, sections."""

from dataclasses import dataclass

LANGUAGES = ("be", "en", "ru")
NAMES = {"be": "Беларуская", "en": "English", "ru": "Русский"}
RUBRICS = {
    "pochta": "Почтовая связь",
    "set": "Сети электросвязи",
    "nomera": "Нумерация",
    "shkola": "Школам",
    "priem": "Приём граждан",
    "podpis": "Электронная подпись",
    "konkurs": "Конкурсы",
    "it": "Информатизация",
    "mezhdunarodnoe": "Международное сотрудничество",
    "bezopasnost": "Безопасность",
}
BANNERS = (
    "Год связи",
    "Правовой портал",
    "Молодёжь отрасли",
    "Телефон доверия",
    "Перепись оборудования",
    "Единый портал",
)


@dataclass(frozen=True, kw_only=True)
class Labels:
    site: str
    slogan: str
    home: str
    news: str
    all_news: str
    latest: str
    menu: str
    search: str
    login: str
    now: str
    rates: str
    popular: str
    comments: str
    recent: str
    more: str
    print: str
    special: str
    rubric: str
    files: str
    missing: str
    denied: str
    skip: str
    share: str
    reply: str
    guest: str
    ago: str


BY_LANGUAGE = {
    "ru": Labels(
        site="Министерство связи (учебная копия)",
        slogan="Официальный интернет-портал",
        home="Главная",
        news="Новости",
        all_news="Все новости",
        latest="Последние новости",
        menu="Основные ссылки",
        search="Поиск",
        login="Вход на сайт",
        now="Сейчас на сайте",
        rates="Курсы валют",
        popular="Популярное содержание",
        comments="Комментарии",
        recent="Новые комментарии",
        more="Подробнее",
        print="Версия для печати",
        special="Версия для слабовидящих",
        rubric="Рубрика",
        files="Файлы",
        missing="Страница не найдена",
        denied="Доступ запрещён",
        skip="Перейти к основному содержанию",
        share="Поделиться",
        reply="ответить",
        guest="Гость",
        ago="мин. назад",
    ),
    "be": Labels(
        site="Міністэрства сувязі (вучэбная копія)",
        slogan="Афіцыйны інтэрнэт-партал",
        home="Галоўная",
        news="Навіны",
        all_news="Усе навіны",
        latest="Апошнія навіны",
        menu="Асноўныя спасылкі",
        search="Пошук",
        login="Уваход на сайт",
        now="Зараз на сайце",
        rates="Курсы валют",
        popular="Папулярнае",
        comments="Каментары",
        recent="Новыя каментары",
        more="Падрабязней",
        print="Версія для друку",
        special="Версія для слабавідушчых",
        rubric="Рубрыка",
        files="Файлы",
        missing="Старонка не знойдзена",
        denied="Доступ забаронены",
        skip="Перайсці да асноўнага зместу",
        share="Падзяліцца",
        reply="адказаць",
        guest="Госць",
        ago="хв. таму",
    ),
    "en": Labels(
        site="Ministry of Communications (training copy)",
        slogan="Official website",
        home="Home",
        news="News",
        all_news="All news",
        latest="Latest news",
        menu="Main menu",
        search="Search",
        login="User login",
        now="Now on the site",
        rates="Exchange rates",
        popular="Popular content",
        comments="Comments",
        recent="Recent comments",
        more="Read more",
        print="Printer-friendly version",
        special="Version for the visually impaired",
        rubric="Section",
        files="Files",
        missing="Page not found",
        denied="Access denied",
        skip="Skip to main content",
        share="Share",
        reply="reply",
        guest="Guest",
        ago="min ago",
    ),
}
