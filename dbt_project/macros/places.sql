{#- A place's name as far as it can be compared: no "Ds."/"Kel.", no apostrophes, Arabic numerals, letters and figures only. -#}
{% macro place_key(text) -%}
    regexp_replace(
        {{ with_arabic_numerals(
            "regexp_replace(regexp_replace(" ~ squeezed(text) ~ ", '[''’‘`]', '', 'g'),"
            ~ " '^((desa|ds|kelurahan|kel|kecamatan|kec|kabupaten|kab)\\b\\s*[./:]?\\s*)+', '')"
        ) }}, '[^a-z0-9]', '', 'g'
    )
{%- endmacro %}

{#-
    Whether a row's own village is another one than the title's above it. Both must be known. rows, places and
    title_places are aliases: the rows, and stg_places__spellings joined by their own and by the title's spelling.
-#}
{% macro is_village_conflicting(rows, places, title_places) -%}
    coalesce(trim({{ rows }}.village) <> '' and {{ places }}.village_code <> {{ title_places }}.village_code, false)
{%- endmacro %}
