# The public names, each listed once. lazy_loader reads this file when stateviz is imported; type checkers read it too.

# verbs
from .recording import record as record
from .recording import record_statistics as record_statistics
from .recording import record_steps as record_steps
from .recording import sites as sites
from .recording import characters as characters
from .ordering import order as order
from .ordering import compare as compare
from .ordering import stability as stability
from .ordering import rank_agreement as rank_agreement
from .analysis import correlate as correlate
from .analysis import judge as judge
from .analysis import compare_models as compare_models
from .analysis import find as find
from .analysis import horizon as horizon
from .analysis import structure as structure
from .models import train as train
from .models import apply as apply
from .models import sample as sample
from .models import sample_stream as sample_stream
from .models import sample_many as sample_many
from .models import score as score
from .models import describe as describe
from .models import untrained as untrained
from .models import language as language
from .models import ngram as ngram
from .models import one_update as one_update
from .rendering import rasterize as rasterize
from .rendering import write as write
from .plotting import heatmap as heatmap
from .plotting import save_figure as save_figure
from .plotting import training_curve as training_curve
from .plotting import save_curve as save_curve
from .printing.layout import layout as layout
from .printing.sheets import print_sheet as print_sheet
from .printing.preflight import preflight as preflight
from .reporting.demo import demo as demo
from .reporting.temperatures import judge_temperatures as judge_temperatures
from .views import view as view
from .reporting.report import report as report

# files
from .models import load_model as load_model
from .storage import load_states as load_states
from .storage import open_recording as open_recording
from .storage import save_recording as save_recording
from .storage import shipped_recording as shipped_recording
from .storage import read_order as read_order
from .storage import write_order as write_order
from .storage import export_states as export_states
from .storage import open_statistics as open_statistics
from .storage import save_statistics as save_statistics

# nouns
from .core.states import StateMatrix as StateMatrix
from .core.recordings import Recording as Recording
from .core.statistics import Statistics as Statistics
from .core.statistics import Accumulator as Accumulator
from .core.orders import Ordering as Ordering
from .core.sheets import PixelGrid as PixelGrid
from .core.sheets import Palette as Palette
from .core.media import Medium as Medium
from .core.sheets import Sheet as Sheet
from .core.progress import Progress as Progress
from .core.pages import Page as Page
from .storage import RecordingWriter as RecordingWriter
from .recording import Unrolled as Unrolled
from .models import CharModel as CharModel
from .models import CellRow as CellRow
from .models import ModelDescription as ModelDescription
from .models import Recipe as Recipe
from .models import Language as Language
from .models import NGram as NGram
from .models import Update as Update
from .models import Smoothing as Smoothing
from .ordering import Method as Method
from .ordering import Criterion as Criterion
from .similarity.metric import Metric as Metric
from .analysis import Measure as Measure
from .analysis import Feature as Feature
from .ordering import Comparison as Comparison
from .ordering import Stability as Stability
from .analysis import Correlations as Correlations
from .analysis import Horizon as Horizon
from .analysis import Judgement as Judgement
from .analysis import ModelComparison as ModelComparison
from .analysis import Oracle as Oracle
from .reporting.temperatures import TemperatureTable as TemperatureTable
from .analysis import Findings as Findings
from .analysis import Finding as Finding
from .analysis import Structure as Structure
from .analysis import Stickiness as Stickiness
from .analysis import Synchrony as Synchrony
from .printing import PreflightReport as PreflightReport

# tables
from .ordering import METHODS as METHODS
from .ordering import CRITERIA as CRITERIA
from .similarity.metrics import METRICS as METRICS
from .analysis import MEASURES as MEASURES
from .analysis import ORACLES as ORACLES
from .analysis import FEATURES as FEATURES
from .models import CELLS as CELLS
from .models import RECIPES as RECIPES
from .models import LANGUAGES as LANGUAGES
from .models import SMOOTHINGS as SMOOTHINGS
from .models import MODELS as MODELS
from .recording import SOURCES as SOURCES
from .recording import ENCODERS as ENCODERS
from .storage import READERS as READERS
from .storage import EXPORTERS as EXPORTERS
from .rendering import PALETTES as PALETTES
from .rendering import WRITERS as WRITERS
from .views import VIEWS as VIEWS
from .printing import MEDIA as MEDIA
from .printing import HALFTONES as HALFTONES

# errors
from .core.errors import StatevizError as StatevizError
from .core.errors import InputError as InputError
from .core.errors import UnknownNameError as UnknownNameError
from .core.errors import FileError as FileError
from .core.errors import MismatchError as MismatchError
from .core.errors import MissingExtraError as MissingExtraError

from .core.version import __version__ as __version__
