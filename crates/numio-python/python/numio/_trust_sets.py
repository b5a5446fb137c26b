"""The sets of names that `trust` knows: the classes in which packages keep data, under the names of all their versions."""

# Sets of names that stand for a package: (package, names, bases). A name counts wherever in the package it is, for it has
# moved from version to version, and only if it is the package's own; so does each class that derives from one of `bases`.
SETS: dict[str, tuple[tuple[str, frozenset[str], frozenset[str]], ...]] = {
    "pandas": (
        (
            "pandas",
            frozenset(
                """
                DataFrame Series Index RangeIndex MultiIndex DatetimeIndex TimedeltaIndex PeriodIndex IntervalIndex
                CategoricalIndex Int64Index UInt64Index Float64Index NumericIndex _new_Index _new_DatetimeIndex _new_PeriodIndex
                _new_IntervalIndex _new_TimedeltaIndex BlockManager SingleBlockManager ArrayManager SingleArrayManager _unpickle_block new_block Block
                Timestamp Timedelta Period Interval NaTType _unpickle_timestamp _timedelta_unpickle _period_unpickle
                _unpickle_period _nat_unpickle __nat_unpickle NAType NA NaT Categorical CategoricalDtype DatetimeTZDtype PeriodDtype IntervalDtype
                SparseDtype StringDtype BooleanDtype ArrowDtype Int8Dtype Int16Dtype Int32Dtype Int64Dtype UInt8Dtype UInt16Dtype
                UInt32Dtype UInt64Dtype Float32Dtype Float64Dtype NumpyEADtype PandasDtype DatetimeArray TimedeltaArray PeriodArray
                IntervalArray SparseArray StringArray ObjectStringArray NumpyExtensionArray PandasArray BooleanArray
                IntegerArray FloatingArray ArrowExtensionArray ArrowStringArray ArrowStringArrayNumpySemantics
                StringArrayNumpySemantics IntIndex BlockIndex BlockPlacement Flags FrozenList BlockValuesRefs
                __pyx_unpickle_NDArrayBacked __pyx_unpickle_BaseOffset __pyx_unpickle_RelativeDeltaOffset NDArrayBacked
                __pyx_unpickle_BlockManager _unpickle_period_frequency __pyx_unpickle_Interval __pyx_unpickle_IntervalMixin
                """.split()
            ),
            frozenset({"pandas._libs.tslibs.offsets.BaseOffset"}),
        ),
        # Columns of text, where pyarrow is installed.
        (
            "pyarrow.lib",
            frozenset(
                """
                _restore_array chunked_array py_buffer type_for_alias binary decimal128 decimal256 dictionary field large_list list_
                map_ struct timestamp
                """.split()
            ),
            frozenset(),
        ),
        ("dateutil.relativedelta", frozenset({"relativedelta"}), frozenset()),
        ("pytz", frozenset({"_UTC", "_p", "_FixedOffset", "FixedOffset"}), frozenset()),
        ("dateutil.tz", frozenset({"tzutc", "tzlocal", "tzoffset"}), frozenset()),
    ),
    "scipy.sparse": (
        (
            "scipy.sparse",
            frozenset(
                """
                csr_matrix csc_matrix coo_matrix bsr_matrix dia_matrix dok_matrix lil_matrix
                csr_array csc_array coo_array bsr_array dia_array dok_array lil_array
                """.split()
            ),
            frozenset(),
        ),
    ),
    "sklearn": (),
    "astropy": (
        (
            "astropy",
            frozenset(
                """
                Table QTable Row Column MaskedColumn TableColumns TableAttribute DataInfo
                Time TimeDelta TimeInfo TimeDeltaInfo TimeBase Quantity QuantityInfo Masked MaskedNDArray Angle Latitude Longitude
                Distance SkyCoord SkyCoordInfo EarthLocation EarthLocationInfo Unit UnitBase NamedUnit IrreducibleUnit
                PrefixUnit CompositeUnit UnrecognizedUnit FunctionUnitBase MagUnit DexUnit DecibelUnit Magnitude Dex Decibel LogUnit
                LogQuantity StructuredUnit _recreate_irreducible_unit BaseColumn Header Card Undefined
                """.split()
            ),
            frozenset(
                {
                    "astropy.coordinates.baseframe.BaseCoordinateFrame",
                    "astropy.coordinates.representation.base.BaseRepresentationOrDifferential",
                    "astropy.units.core.UnitBase",
                    "astropy.units.quantity.Quantity",
                    "astropy.utils.data_info.DataInfo",
                    "astropy.time.core.TimeBase",
                    "astropy.time.formats.TimeFormat",
                    "astropy.modeling.core.Model",
                    "astropy.modeling.parameters.Parameter",
                }
            ),
        ),
        # Columns in which values are missing.
        ("numpy.ma", frozenset({"_mareconstruct"}), frozenset()),
    ),
}
# scikit-learn keeps sparse matrices in its models.
SETS["sklearn"] = (
    (
        "sklearn",
        frozenset(
            """
            Tree Bunch newObj BinaryTree KDTree BallTree KDTree64 KDTree32 BallTree64 BallTree32 DistanceMetric
            EuclideanDistance EuclideanDistance64 EuclideanDistance32 __pyx_unpickle_Tree
            __pyx_unpickle_CyHalfSquaredError __pyx_unpickle_CyHalfBinomialLoss __pyx_unpickle_CyHalfMultinomialLoss
            __pyx_unpickle_CyAbsoluteError __pyx_unpickle_CyHalfPoissonLoss __pyx_unpickle_CyHalfGammaLoss
            __pyx_unpickle_CyPinballLoss __pyx_unpickle_CyLossFunction CyHalfSquaredError CyHalfBinomialLoss
            CyHalfMultinomialLoss CyAbsoluteError CyHalfPoissonLoss CyHalfGammaLoss CyPinballLoss
            CyHalfTweedieLoss CyHalfTweedieLossIdentity CyExponentialLoss CyHuberLoss
            Hinge SquaredHinge EpsilonInsensitive SquaredEpsilonInsensitive ModifiedHuber Huber Log SquaredLoss
            AdamOptimizer SGDOptimizer _CFNode _CFSubcluster _BisectingTree _CalibratedClassifier _SigmoidCalibration
            _kmeans_single_lloyd _kmeans_single_elkan f_classif f_regression f_oneway chi2 r_regression mutual_info_classif
            mutual_info_regression TreePredictor PREDICTOR_RECORD_DTYPE _PassthroughScorer _MultimetricScorer
            accuracy_score balanced_accuracy_score brier_score_loss d2_brier_score d2_log_loss_score f1_score fbeta_score jaccard_score
            log_loss matthews_corrcoef precision_score recall_score adjusted_mutual_info_score adjusted_rand_score
            completeness_score fowlkes_mallows_score homogeneity_score mutual_info_score normalized_mutual_info_score rand_score
            v_measure_score average_precision_score roc_auc_score top_k_accuracy_score d2_absolute_error_score
            explained_variance_score max_error mean_absolute_error mean_absolute_percentage_error mean_gamma_deviance
            mean_poisson_deviance mean_squared_error mean_squared_log_error median_absolute_error r2_score
            root_mean_squared_error root_mean_squared_log_error negative_likelihood_ratio positive_likelihood_ratio
            """.split()
        ),
        frozenset(
            {
                "sklearn.base.BaseEstimator",
                "sklearn._loss.loss.BaseLoss",
                "sklearn._loss.link.BaseLink",
                "sklearn._loss.link.Interval",
                "sklearn.gaussian_process.kernels.Kernel",
                "sklearn.gaussian_process.kernels.Hyperparameter",
                "sklearn.ensemble._hist_gradient_boosting.predictor.TreePredictor",
                "sklearn.linear_model._sgd_fast.LossFunction",
                "sklearn._loss._loss.CyLossFunction",
                "sklearn.metrics._scorer._BaseScorer",
                "sklearn.model_selection._split._BaseKFold",
            }
        ),
    ),
    # How features are pooled, by default, and transformed.
    (
        "numpy",
        frozenset("mean median sum max min log log1p log2 log10 exp expm1 exp2 sqrt cbrt square absolute sign sin cos tan".split()),
        frozenset(),
    ),
    ("scipy.interpolate", frozenset({"BSpline"}), frozenset()),
    ("scipy._lib.array_api_compat.numpy", frozenset({"asarray"}), frozenset()),
    *SETS["scipy.sparse"],
)
