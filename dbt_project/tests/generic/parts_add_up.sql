{#- Fails for every row whose parts do not add up to the whole. -#}
{% test parts_add_up(model, whole, parts) %}
select *
from {{ model }}
where {{ whole }} is distinct from {{ parts | join(' + ') }}
{% endtest %}
