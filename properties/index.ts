/**
 * The package entry `madmux/properties`: the checks that judge any implementation by its trace, and the
 * generators that drive one.
 */
export { attributed } from "./attributed.ts"
export { Checker, type CheckOptions } from "./checker.ts"
export { check, checkLines, TraceCheck } from "./trace-check.ts"
export { type ChartRow, messageChart } from "./chart.ts"
export { pastChart } from "./relevant.ts"
export { divergenceIds, isWaivable, waivableIds } from "./waivers.ts"
export { type Verdict, type Violation, type ViolationKind, violationText } from "./verdict.ts"
export { type FrameKind, frameViolations, type Made, madeOf } from "./frame.ts"
export { type Area, areaOf, areas } from "./conformance/areas.ts"
export { Child, type ChildOptions } from "./conformance/child.ts"
export {
  type AreaReport, conformance, type ConformanceOptions, type ConformanceReport, conformTrace, type Finding, type Progress
} from "./conformance/conformance.ts"
export { type FaultKind, SubjectFault } from "./conformance/fault.ts"
export { findingText, inputsOnly, junitOf, reportData } from "./conformance/report.ts"
export { type Outcome, type Run } from "./conformance/session.ts"
export { type AsyncSubject, reference, type Subject } from "./subject.ts"
export { init, play, replay, type Scenario, scenarios, scenariosAbout } from "./generate.ts"
export { assertAsyncProperty, assertProperty, replayOption, type RunOptions, seed } from "./run.ts"
export { toAction, toEvent, toInitial } from "./translate.ts"
export { encodeEvent, encodeInitial, type PayloadBytes, type Unmodelled } from "./encode.ts"
export { encodeAction, type Telling } from "./encode-action.ts"
export { encodeRun, type RunStep } from "./encode-run.ts"
export { judgementOf, traceOfPath } from "./exploration/trace.ts"
export { madBytes } from "./encode-mad.ts"
export { type ChoicePolicy, contrarianPolicy, plainPolicy } from "./choice-policy.ts"
export { modelSubject } from "./model-subject.ts"
export {
  type ExplorationOptions, type ExplorationReport, type ExplorationVerdict, explorePreset
} from "./exploration/exploration.ts"
export { type Parameter, type Parameters, PARAMETERS, type Preset, type PresetMutant } from "./preset.ts"
export { presetNamed, presets, presetsOf } from "./presets.ts"
export { soak, type SoakOptions, type SoakProgress } from "./soak/soak.ts"
export { mergeReports, readReport, reportText, type SoakReport } from "./soak/report.ts"
