"""Words that belong to no group: what people put around a request, and what titles share."""

EVERYDAY = (
    "about after again almost already also always another any anyone around because before below between both but "
    "by during each early either else even ever every everyone exactly far few finally first following for from "
    "full further going good great half happy hard here home hour house if immediately important inside instead "
    "just kind last late later least less like little long looking lot many maybe me mine minute moment month more "
    "morning most mother much must my near nearly need never new next nice night no nobody not nothing now of off "
    "often old on once one only or other our out over own part people perhaps person place possible probably "
    "problem question quick quite rather ready really reason recently right room same say school second several she "
    "short should simple since small so some somebody someone something sometimes somewhere soon still store street "
    "stuff such sure system team than that them then there these they thing think this those though three through "
    "time to today together tomorrow tonight too try trying twice two under until up us use usually very wait want "
    "was way we weekend well were what when which while who whole why wife will with without wonder work world "
    "would year yes yesterday yet you young your"
)

TECHNICAL = (
    "file list string array table date user image form error object class function variable column server request "
    "page button text loop path folder key value field event message thread memory zone test input output "
    "connection password header session link parameter property data result permission template config environment "
    "number record timeout type package version performance logging encoding menu view model port cache json xml "
    "csv address alias animation application archive argument attachment attribute audio authentication background "
    "backup batch bit block body boolean border boundary browser buffer bug build byte calendar callback "
    "certificate character chart checkbox child client clipboard cloud code collection color command comment "
    "compiler component condition console constant constructor container content context controller cookie cursor "
    "database deadlock debugger default delay delegate dependency device dialog dictionary digit directory disk "
    "document domain download driver dropdown element email enum exception executable expression extension factory "
    "feature filter flag focus font footer format frame framework gesture graph grid group handler hash height "
    "history host icon identifier index inheritance instance integer interface interval iterator job keyboard label "
    "language layer layout library license line listener locale location lock machine mapping margin matrix member "
    "method microphone migration mouse name namespace network node notification null operator option order overlay "
    "parent parser pattern payload permission pipe pixel plugin pointer popup prefix process profile project "
    "promise prompt proxy queue random range ratio reference region registry relation release report repository "
    "resource response role root route row rule sample scale schedule schema scope screen script scroll search "
    "section selector sensor sequence service setting shadow shape shortcut signal site size socket sound source "
    "space speed stack state statement status stream style subquery suffix symbol syntax tab tag target task "
    "terminal theme tick title token tool toolbar transaction tree trigger tuple unit upload url validation vector "
    "video wheel widget width window wrapper"
)

DOING = (
    "create read delete update sort parse load save convert find replace count copy move export import merge filter "
    "validate set pass call print return display hide resize split join store send handle test debug deploy install "
    "configure access override iterate compare format generate bind upload add append assign attach avoid build "
    "cast catch change check clear close combine compile connect declare decode define detect disable draw drop "
    "enable encode enforce escape execute exclude extend extract fetch fill fix group highlight implement include "
    "increase initialize inject insert invoke limit list listen log map match measure mock modify mount open "
    "optimize order overwrite paginate pick populate prevent process protect query raise redirect reduce refactor "
    "refresh register reload remove rename render repeat reset restart restore retrieve reuse reverse rotate round "
    "run scan schedule scroll search select serialize share show simulate skip start stop stream style submit "
    "switch sync track transform trigger truncate understand undo unpack use wait wrap write"
)

SHAPES = (
    "How to {verb} {noun} in {topic}|{topic} {noun} {noun}|{verb} {noun} {topic}|{topic}: {verb} {noun} {noun}|"
    "How do I {verb} a {noun} with {topic}?|{topic} {noun} not working|Best way to {verb} {noun} using {topic}|"
    "{noun} and {noun} in {topic}|Why does {topic} {verb} {noun}|Cannot {verb} {noun} in {topic}|"
    "{topic} - {noun} is {noun}|{verb} {noun} without {noun} {topic}|{topic} {verb} by {noun}|"
    "{noun} {noun} {topic} {verb}|What is {topic} {noun}?|Is it possible to {verb} {topic} {noun}|"
    "{topic} {noun} question|{verb} {noun} from {noun} to {noun} {topic}"
)

BARE = (
    "How to {verb} a {noun} from a {noun}|{verb} the {noun} when {noun} changes|{noun} {noun} {verb}|{noun} with {noun}"
)
