{#-
    The likeness (a figure: hash of the columns) of rows that may share a key. Comparing figures finds the few; only those need be
    compared in full, where numbering all rows by their keys would carry all of them through a window.
-#}
{% macro likenesses_of_several(relation, columns) -%}
    select hash({{ columns }}) as likeness
    from {{ relation }}
    group by likeness
    having count(*) > 1
{%- endmacro %}
