"""Our pages inside the Airflow UI, made of the published audit database alone.

site.py         which address shows what
regencies.py    where there are several regencies: each below its code, shown to whom its DAGs are shown
province/       over all regencies: the one page that is made of the roll-up and not of a publication
sections.py     the parts of the navigation
publication.py  the published file, opened anew for each publication; answers kept while it stands
request.py      what a page is given and gives back
rendering.py    Jinja, every value escaped and made inert
downloads.py    receipts, Data Docs and the models' documentation as files
words.py        the Indonesian words of statuses
layout/         the base page, shared macros, the one style sheet
<page>/         a page: its figures (*.sql), what is shown of them (page.py) and how (*.html)

`plugins/pantau.py` puts them into Airflow's navigation, behind its login. Nothing here knows Airflow.
"""
