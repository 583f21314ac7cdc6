{#- An amount as all amounts are kept. -#}
{% macro rounded_amount(amount) -%}
    round({{ amount }}, {{ var('decimals_of_amounts') }})
{%- endmacro %}

{#-
    What a limit is widened by: half of an amount's last decimal. No amount lies that close to a limit but by the way in which
    computers add fractions.
-#}
{% macro rounding_of_amounts() -%}
    (0.5 / pow(10, {{ var('decimals_of_amounts') }}))
{%- endmacro %}

{#- Words for a kilogram and for a pack, as a regular expression's alternatives. -#}
{% macro kilogram_words() -%} kgs?|kilo|kilogram {%- endmacro %}
{% macro pack_words() -%} karung|koli|zak|sak|pak|pack {%- endmacro %}
{% macro rupiah_words() -%} rp|idr|rupiah {%- endmacro %}

{#-
    Whether a column's header says that its figures count packs ("Jumlah (Karung)"); one that names kilograms too says
    neither. Scales ("ribuan rupiah", "ton") are not applied to anything: reading remarks on them.
-#}
{% macro counts_packs(header) -%}
    {{ squeezed(header) }} similar to '.*\b({{ pack_words() | trim }})\b.*'
    and {{ squeezed(header) }} not similar to '.*\b({{ kilogram_words() | trim }})\b.*'
{%- endmacro %}

{#- What a number below a thousand is in words ("dua ratus lima puluh"); null where the words are no such number. -#}
{% macro below_a_thousand(words) -%}
    {%- set digits = ['satu', 'dua', 'tiga', 'empat', 'lima', 'enam', 'tujuh', 'delapan', 'sembilan'] %}
    {%- set digit = '(' ~ digits | join('|') ~ ')' %}
    {%- set grammar = '^(?:' ~ digit ~ ' ratus ?)?(?:' ~ digit ~ ' belas|(?:' ~ digit ~ ' puluh ?)?' ~ digit ~ '?)$' %}
    case
        when regexp_matches({{ words }}, '{{ grammar }}')
            then (
                {%- for place, value in [(1, '100 *'), (2, '10 + '), (3, '10 *'), (4, '')] %}
                coalesce({{ value }} nullif(list_position({{ digits }}, regexp_extract({{ words }}, '{{ grammar }}', {{ place }})), 0), 0)
                {%- if not loop.last %} + {% endif %}
                {%- endfor %}
            )::double
    end
{%- endmacro %}

{#-
    Types amounts as Indonesian offices write them, in figures or in words, once for each distinct value.

    values: a relation with amount_text, amount_cell, unit (kg or IDR) and pack_size.
    in_packs: its column that says whether the values' header counts packs: a bare "2" below it is two of them.
    Adds amount (null where it cannot be read) and is_amount_blank. Nothing is guessed: in rupiah a separator before
    exactly three digits parts thousands; in kilograms a comma is the decimal sign and a point before three digits
    parts thousands, which makes "10.000 kg" implausible and leaves it to a person. Words are read only where they are
    a number without a fault.
-#}
{% macro typed_amounts(values, in_packs='false') %}
    {%- set kilogram, pack, rupiah = kilogram_words() | trim, pack_words() | trim, rupiah_words() | trim %}
    -- One step after the other: a name that stands for an expression would be worked out wherever it is used.
    with given as (
        select
            amount_text,
            amount_cell,
            unit,
            pack_size,
            {{ in_packs }} as is_in_packs,
            {{ squeezed('amount_text') }} as amount_squeezed
        from {{ values }}
    ),

    bared as (
        select
            *,
            regexp_replace(regexp_replace(amount_squeezed, '^({{ rupiah }})\s*\.?\s*', ''), '\s*[.,]\s*-+$', '') as amount_bare
        from given
    ),

    parted as (
        select
            *,
            regexp_extract(
                amount_bare,
                '^(.*?)\s*(rb|ribu|jt|juta|ton|kuintal|kwintal)?\s*({{ rupiah }}|{{ kilogram }}|{{ pack }})?\.?$',
                ['figure', 'scale', 'word']
            ) as amount_parts,
            -- "se" before a word of number is one: seratus, seribu.
            case
                when regexp_full_match(amount_bare, '[a-z]+( [a-z]+)*\.?')
                    then regexp_extract(
                        regexp_replace(
                            regexp_replace(amount_bare, '\s*\b({{ rupiah }}|{{ kilogram }}|{{ pack }})\.?$', ''),
                            '\bse(puluh|belas|ratus|ribu|juta)\b', 'satu \1', 'g'
                        ),
                        '^(?:(.+?) juta ?)?(?:(.+?) ribu ?)?(.*)$', ['millions', 'thousands', 'rest']
                    )
            end as said_parts
        from bared
    ),

    worded as (
        select
            *,
            case
                when said_parts is not null
                    then nullif(
                        {{ below_a_thousand("said_parts['millions']") }} * 1000000
                        + {{ below_a_thousand("said_parts['thousands']") }} * 1000
                        + {{ below_a_thousand("said_parts['rest']") }}, 0
                    )
            end as amount_in_words,
            regexp_extract(
                amount_parts['figure'], '^(\d+)\s*(?:{{ pack }})?\s*[x×*@]\s*(\d+(?:[.,]\d+)?)$', ['times', 'each_one']
            ) as product,
            regexp_replace(amount_parts['figure'], '\s*[.,]\s*-+$', '') as amount_figure
        from parted
    ),

    numbered as (
        select
            *,
            case when amount_in_words is null then amount_parts['scale'] else '' end as amount_scale,
            case
                when amount_squeezed ~ '^(({{ rupiah }})\b|rp).*' then 'rp'
                when amount_parts['word'] <> '' then amount_parts['word']
                when is_in_packs and unit = 'kg' and amount_parts['scale'] = '' and product['times'] = '' then 'karung'
                else ''
            end as amount_word,
            case
                when amount_in_words is not null then amount_in_words
                when amount_cell = 'n' and try_cast(amount_squeezed as double) is not null then try_cast(amount_squeezed as double)
                -- Rupiah are not handed out by the piece, and a point between figures is no decimal sign there.
                when product['times'] <> '' and unit = 'IDR' then null
                when product['times'] <> '' then try_cast(product['times'] as double) * try_cast(replace(product['each_one'], ',', '.') as double)
                when regexp_full_match(amount_figure, '\d+') then try_cast(amount_figure as double)
                when regexp_full_match(amount_figure, '0[.,]\d+') then try_cast(replace(amount_figure, ',', '.') as double)
                when regexp_full_match(amount_figure, '\d{1,3}( \d{3})+') then try_cast(replace(amount_figure, ' ', '') as double)
                when regexp_full_match(amount_figure, '\d{1,3}(\.\d{3})+(,\d+)?')
                    then try_cast(replace(replace(amount_figure, '.', ''), ',', '.') as double)
                when
                    regexp_full_match(amount_figure, '\d{1,3}(,\d{3})+(\.\d+)?')
                    and (unit = 'IDR' or regexp_full_match(amount_figure, '.*[,.].*[,.].*'))
                    then try_cast(replace(amount_figure, ',', '') as double)
                when regexp_full_match(amount_figure, '\d+[.,]\d{1,2}') then try_cast(replace(amount_figure, ',', '.') as double)
                when unit = 'kg' and regexp_full_match(amount_figure, '\d+,\d+')
                    then try_cast(replace(amount_figure, ',', '.') as double)
            end as amount_number
        from worded
    ),

    measured as (
        select
            *,
            case
                when amount_number < 0 or not isfinite(amount_number) then null
                when unit = 'kg' and (amount_word = '' or regexp_full_match(amount_word, '{{ kilogram }}')) then amount_number
                when unit = 'kg' and amount_scale = '' and product['times'] = '' and regexp_full_match(amount_word, '{{ pack }}')
                    then amount_number * pack_size
                when unit = 'IDR' and (amount_word = '' or regexp_full_match(amount_word, '{{ rupiah }}')) then amount_number
            end
            * case
                when amount_scale = '' then 1
                when unit = 'kg' and amount_scale = 'ton' then 1000
                when unit = 'kg' and amount_scale in ('kuintal', 'kwintal') then 100
                when unit = 'IDR' and amount_scale in ('rb', 'ribu') then 1000
                when unit = 'IDR' and amount_scale in ('jt', 'juta') then 1000000
            end as amount_measured
        from numbered
    )

    select
        amount_text,
        amount_cell,
        unit,
        pack_size,
        is_in_packs,
        amount_squeezed in ('', '-', '--', '–', 'nihil', 'kosong') as is_amount_blank,
        {{ rounded_amount('amount_measured') }} as amount
    from measured
{% endmacro %}

{#-
    How an amount would fit what is promised if its unit were another one, as a sender reads it; null where the amount
    fits as it stands. Only a suspicion: the amount counts as it was sent.
-#}
{% macro suspected_unit(amount, promised, unit, pack_size, unit_price) -%}
    case
        when {{ amount }} <= 0 or {{ amount }} between {{ promised }} * 0.05 and {{ promised }} * 20
            then case
                when {{ unit }} = 'kg' and {{ pack_size }} > 1 and {{ amount }} * {{ pack_size }} = {{ promised }}
                    then 'jumlah tertulis dikali ' || {{ pack_size }}::integer || ' (banyaknya karung)'
            end
        when {{ unit }} = 'kg' and {{ amount }} / {{ unit_price }} between {{ promised }} * 0.5 and {{ promised }} * 2
            then 'jumlah tertulis dibagi ' || {{ figure(unit_price) }} || ' (nilai dalam rupiah)'
        {%- for factor, kg, idr in [(1000, 'ton', 'ribuan rupiah'), (1000000, 'ton', 'jutaan rupiah')] %}
        {%- set written = '{:,}'.format(factor).replace(',', '.') %}
        when {{ amount }} * {{ factor }} between {{ promised }} * 0.5 and {{ promised }} * 2
            then 'jumlah tertulis dikali {{ written }} (' || case when {{ unit }} = 'kg' then '{{ kg }}' else '{{ idr }}' end || ')'
        when {{ amount }} / {{ factor }} between {{ promised }} * 0.5 and {{ promised }} * 2
            then 'jumlah tertulis dibagi {{ written }}'
        {%- endfor %}
    end
{%- endmacro %}

{#- What a levy on aid is called; "tanpa potongan" says that there was none. -#}
{% macro levy_words() -%}
    di ?potong|potongan|pemotongan|terpotong|potong\b|di ?pungut|pungut|pungli|disunat|iuran|setoran|seikhlasnya|sukarela|uang (?:lelah|capek|jasa|rokok|kopi|bensin)
    {#- #}|(?:biaya|ongkos|uang|bayar) (?:ganti )?(?:angkut|transport|kirim|ojek|adm|bongkar)
{%- endmacro %}

{#- Those of the given texts that say that something was taken from the family. -#}
{% macro texts_of_levies(texts) -%}
    {%- set words = levy_words() | trim %}
    select said
    from {{ texts }}
    where
        regexp_matches(said, '(?i)\b(?:{{ words }})')
        and regexp_matches(
            regexp_replace(
                {{ squeezed('said') }}, '\b(?:tanpa|tidak|tdk|tak|bebas|nihil|bukan)(?: ada| kena| dikenakan)? (?:{{ words }})', '', 'g'
            ),
            '\b(?:{{ words }})'
        )
{%- endmacro %}

{#- Whether a column that is named after a levy is filled with more than a zero. -#}
{% macro holds_levy(extra) -%}
    regexp_matches({{ extra }}, '(?i)"[^"]*\b(?:{{ levy_words() | trim }})[^"]*": ?"\s*(?:rp)?\.?\s*[1-9]')
{%- endmacro %}

{#- A number as Indonesians write it: 1.800.000 or 9,50. -#}
{% macro figure(number) -%}
    case
        when {{ number }} = round({{ number }}) then replace(format('{:,}', ({{ number }})::bigint), ',', '.')
        else translate(format('{:,.2f}', {{ number }}), ',.', '.,')
    end
{%- endmacro %}
