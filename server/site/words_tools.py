"""Words of the interface in Russian: of the programme view, the pictures, the forms and the editor."""

RUSSIAN = {
    "A graph, as Turtle.": "Граф в формате Turtle.",
    "Activities by region and GBF target": "Мероприятия по регионам и задачам ГРБ",
    "Activities of both programmes": "Мероприятия обеих программ",
    "All {} row.": "Всего строк: {}.",
    "All {} rows.": "Всего строк: {}.",
    "Answer": "Ответ",
    "Answer as": "Формат ответа",
    "Ask": "Получить ответ",
    "Asking": "Запрос выполняется",
    "Authority": "Источник",
    "Chosen": "Выбрано",
    "Ctrl+Enter runs; Ctrl+Space completes; Tab leaves the editor. The address of the page is a link to the query.": (
        "Ctrl+Enter выполняет запрос; Ctrl+Space предлагает продолжение; Tab выходит из редактора. Адрес "
        "страницы служит ссылкой на запрос."
    ),
    "Each picture is drawn from the data that this server holds. Its marks lead to pages, it can be taken as SVG, and its "
    "page has the same as a table.": (
        "Каждая схема построена по данным этого сервера. Её элементы ведут на страницы, её можно скачать "
        "в формате SVG, а на её странице есть то же самое в виде таблицы."
    ),
    "Examples": "Примеры",
    "From 2014 to 2026: what became of the activities": "С 2014 по 2026 год: что стало с мероприятиями",
    "Grounds": "Основание",
    "Groups of queries": "Группы запросов",
    "Licences of the parts of the editor": "Лицензии составных частей редактора",
    "More rows": "Следующие строки",
    "More rows follow; the files below hold all of them.": (
        "Есть ещё строки; в файлах ниже они все."
    ),
    "Name there": "Название там",
    "Next": "Дальше",
    "No": "Нет",
    "No activity is like this. Take a choice away, or start again.": (
        "Таких мероприятий нет. Уберите одно из условий или начните сначала."
    ),
    "No rows this far on.": "Так далеко строк уже нет.",
    "No rows: the data have nothing like this.": "Строк нет: в данных нет ничего подобного.",
    "No.": "№",
    "One taxon, several authorities": "Один таксон, несколько источников",
    "Only its beginning is shown; the files below hold all of it.": (
        "Показано только начало; в файлах ниже он весь."
    ),
    "Order": "Порядок",
    "Prefixes": "Префиксы",
    "Programs send their queries to this same address, by the SPARQL 1.1 Protocol.": (
        "Программы отправляют запросы на этот же адрес по протоколу SPARQL 1.1."
    ),
    "Query": "Запрос",
    "Questions that are ready: choose the values, read the answer as a table, and take it as a file. Each answer has an "
    "address that can be sent to others.": (
        "Готовые вопросы: выберите значения, прочтите ответ в виде таблицы и скачайте его файлом. У каждого "
        "ответа есть адрес, который можно отправить другим."
    ),
    "Range States and the regions that span them": "Государства ареала и регионы, которые на них лежат",
    "Rests on": "На чём основано",
    "Rows before": "Предыдущие строки",
    "Rows {} to {}, which is the last one.": "Строки с {} по {}, последнюю.",
    "Rows {} to {}.": "Строки с {} по {}.",
    "Run": "Выполнить",
    "SPARQL editor": "Редактор SPARQL",
    "Search in all that is said of an activity": "Поиск во всём, что сказано о мероприятии",
    "Show": "Показать",
    "Show filters": "Показать фильтры",
    "Start again": "Начать сначала",
    "Stated by": "Кем указано",
    "The Programme of Work 2014-2020 and the draft Work Programme 2026-2032, activity by activity. Choices in one list "
    "widen what is shown, choices in different lists narrow it; each number says how many activities there would be.": (
        "Программа работы на 2014–2020 годы и проект программы работы на 2026–2032 годы, мероприятие за "
        "мероприятием. Выбор в одном списке расширяет показанное, выбор в разных списках сужает его; "
        "число говорит, сколько было бы мероприятий."
    ),
    "The picture is wider than the screen: move it sideways, or read": (
        "Схема шире экрана: сдвиньте её в сторону или прочтите"
    ),
    "The query": "Запрос",
    "The same as a table": "То же самое в виде таблицы",
    "The same for programs, by OpenAPI": "То же самое для программ, по OpenAPI",
    "The whole answer as a file:": "Весь ответ файлом:",
    "There is no answer:": "Ответа нет:",
    "There is no page {}.": "Страницы {} нет.",
    "This copy of cami was installed without the editor, since its parts could not be fetched from npm; the form does the "
    "same. To have it, install cami again where npm can be reached.": (
        "Эта копия cami установлена без редактора, поскольку его части не удалось получить из npm; форма "
        "делает то же самое. Чтобы он появился, установите cami снова там, где npm доступен."
    ),
    "This server holds other data than CAMI, for which there are no canned queries.": (
        "На этом сервере не данные CAMI, и готовых запросов к ним нет."
    ),
    "Timeline of deadlines": "Сроки на оси времени",
    "What this page asks, in SPARQL, to be changed:": (
        "Запрос этой страницы на языке SPARQL; чтобы изменить его,"
    ),
    "When": "Когда",
    "Yes": "Да",
    "any": "любое",
    "deadline": "срок",
    "number": "номер",
    "of all {}": "всех: {}",
    "of them": "показанных",
    "open it in the editor": "откройте его в редакторе",
    "or of this page:": "или этой страницы:",
    "priority": "приоритет",
    "remove": "убрать",
    "section": "раздел",
    "table as CSV": "таблица в CSV",
    "table below": "таблица ниже",
    "the same as a table": "то же самое в виде таблицы",
    "title": "название",
    "your own questions, in the editor": "ваши собственные вопросы, в редакторе",
    "{} activities": "Мероприятий: {}",
    "{} activity": "Мероприятий: {}",
    "{} item": "Пунктов: {}",
    "{} items": "Пунктов: {}",
    "{} of {} activities": "Мероприятий: {} из {}",
    "{} to {} of {}": "С {} по {} из {}",
    "{}, last first": "{}, в обратном порядке",
}
