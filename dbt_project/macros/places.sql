{#- A place's name as far as it can be compared: no "Ds."/"Kel.", no apostrophes, Arabic numerals, letters and figures only. -#}
{% macro place_key(text) -%}
    regexp_replace(
        {{ with_arabic_numerals(
            "regexp_replace(regexp_replace(" ~ squeezed(text) ~ ", '[''’‘`]', '', 'g'),"
            ~ " '^((desa|ds|kelurahan|kel|kecamatan|kec|kabupaten|kab)\\b\\s*[./:]?\\s*)+', '')"
        ) }}, '[^a-z0-9]', '', 'g'
    )
{%- endmacro %}
