"""The words of the reference that nothing else says, in both languages."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from config.c_composite import Role as InputRole
from handlers.registry import Role


@dataclass(frozen=True, slots=True)
class Wording:
    """Headings and connecting words; ``{braces}`` are filled."""

    commands: str
    commands_intro: str
    who: Mapping[Role, str]
    also: str
    costs: str
    modules: str
    scores: str
    chat_settings: str
    chat_settings_intro: str
    asked_by: str
    how: str
    know: str
    scale: str
    on_interval: str
    labels: str
    inputs: str
    gates: str
    beside: str
    explained: str
    weight: str
    bars: str
    needs: str
    example: str
    values: str
    input_roles: Mapping[InputRole, str]


ENGLISH: Final = Wording(
    commands="Commands",
    commands_intro="Every command, with its other names. An analysis takes coin, interval and moment in any order.",
    who={"anyone": "For everybody", "admin": "For admins", "owner": "For the owners"},
    also="also",
    costs="counts as {units} questions",
    modules="Modules and metrics",
    scores="Composite scores",
    chat_settings="Settings of a chat",
    chat_settings_intro="`/settings NAME VALUE` sets one; `default` takes a choice back.",
    asked_by="Asked by",
    how="How the score is made",
    know="What to know",
    scale="Score from {low} to {high}, neutral {neutral}; in JSON `{name}`.",
    on_interval="Answered on {interval} whatever interval is asked.",
    labels="Labels",
    inputs="What it reads",
    gates="What withholds it",
    beside="Beside the score",
    explained="Formulas and what was measured",
    weight="weight {weight}",
    bars="from {bars} bars",
    needs="needs {sources}",
    example="for example",
    values="values",
    input_roles={
        "averaged": "in the group *{group}*",
        "multiplier": "multiplies or mixes what the others add",
        "beside": "beside the score",
    },
)
TURKISH: Final = Wording(
    commands="Komutlar",
    commands_intro="Bütün komutlar, öteki adlarıyla. Analiz komutları coin, aralık ve zamanı istediğin sırayla alır.",
    who={"anyone": "Herkes için", "admin": "Yöneticiler için", "owner": "Bot sahipleri için"},
    also="şöyle de yazılır:",
    costs="{units} soru sayılır",
    modules="Modüller ve ölçüleri",
    scores="Bileşik skorlar",
    chat_settings="Sohbet ayarları",
    chat_settings_intro="`/settings AD DEĞER` bir ayarı değiştirir; `default` seçimi geri alır.",
    asked_by="Nasıl sorulur:",
    how="Skor nasıl oluşur",
    know="Bilmen gerekenler",
    scale="Skor {low} ile {high} arasında, nötr değeri {neutral}; JSON'daki adı `{name}`.",
    on_interval="Hangi aralık sorulursa sorulsun {interval} üzerinden yanıtlanır.",
    labels="Etiketler",
    inputs="Neleri okur",
    gates="Ne zaman verilmez",
    beside="Skorun yanında",
    explained="Formüller ve ölçülenler (İngilizce)",
    weight="ağırlığı {weight}",
    bars="{bars} mum ister",
    needs="kaynağı {sources}",
    example="örneğin",
    values="değerler",
    input_roles={
        "averaged": "*{group}* grubunda",
        "multiplier": "ötekilerin toplamını çarpar ya da karıştırır",
        "beside": "skorun yanında",
    },
)
WORDINGS: Final[Mapping[str, Wording]] = {"en": ENGLISH, "tr": TURKISH}
