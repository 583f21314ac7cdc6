{#-
    Types amounts as Indonesian offices write them, once for each distinct value.

    values: a relation with amount_text, amount_cell, unit (kg or IDR) and pack_size.
    Adds amount (null where it cannot be read) and is_amount_blank. Nothing is guessed: in rupiah a separator before
    exactly three digits parts thousands; in kilograms a comma is the decimal sign and a point before three digits
    parts thousands, which makes "10.000 kg" implausible and leaves it to a person.
-#}
{% macro typed_amounts(values) %}
    select
        amount_text,
        amount_cell,
        unit,
        pack_size,
        {{ squeezed('amount_text') }} as amount_squeezed,
        amount_squeezed in ('', '-', '--', '–', 'nihil', 'kosong') as is_amount_blank,
        regexp_replace(regexp_replace(amount_squeezed, '^(rp|idr)\s*\.?\s*', ''), '\s*[.,]\s*-+$', '') as amount_bare,
        regexp_extract(amount_bare, '([a-z]+)\.?$', 1) as amount_word,
        trim(regexp_replace(amount_bare, '\s*[a-z]+\.?$', '')) as amount_figure,
        amount_squeezed ~ '^(rp|idr).*' or amount_word in ('rp', 'rupiah', 'idr') as is_currency,
        regexp_extract(amount_figure, '^(\d+)\s*[x×*]\s*(\d+(?:[.,]\d+)?)$', ['times', 'each_one']) as product,
        case
            when amount_cell = 'n' and try_cast(amount_squeezed as double) is not null then try_cast(amount_squeezed as double)
            when product['times'] <> '' then product['times']::double * replace(product['each_one'], ',', '.')::double
            when regexp_full_match(amount_figure, '\d+') then try_cast(amount_figure as double)
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
        end as amount_number,
        round(case
            when is_amount_blank or amount_number < 0 or not isfinite(amount_number) then null
            when unit = 'kg' and is_currency then null
            when amount_word = '' or amount_cell = 'n' then amount_number
            when unit = 'kg' and amount_word in ('kg', 'kgs', 'kilo', 'kilogram') then amount_number
            when unit = 'kg' and amount_word in ('karung', 'koli', 'zak', 'sak', 'pak', 'pack') then amount_number * pack_size
            when unit = 'kg' and amount_word = 'kuintal' then amount_number * 100
            when unit = 'kg' and amount_word = 'ton' then amount_number * 1000
            when unit = 'IDR' and is_currency then amount_number
            when unit = 'IDR' and amount_word in ('rb', 'ribu') then amount_number * 1000
            when unit = 'IDR' and amount_word in ('jt', 'juta') then amount_number * 1000000
        end, 4) as amount
    from {{ values }}
{% endmacro %}
