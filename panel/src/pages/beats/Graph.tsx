/** The graph of a beat, updated while it runs. `Steps` shows the same in words. */
import "@xyflow/react/dist/base.css";

import { type Edge, Handle, MarkerType, type Node, type NodeProps, Position, ReactFlow } from "@xyflow/react";
import { useMemo } from "react";

import type { Drawing } from "../../api/types";
import { asWritten } from "../../ui/asWritten";
import classes from "./Graph.module.css";
import { heightOf, NODE, places, type Side, WIDTH, waysOf } from "./layout";
import type { Path, Step } from "./nodePath";
import { nameOf, STATES } from "./states";

type StepNode = Node<{ step: Step }, "step">;

const TYPES = { step: StepBox };
const HANDLES: Record<Side, { sourceHandle: string; targetHandle: string }> = {
  below: { sourceHandle: "bottom", targetHandle: "top" },
  right: { sourceHandle: "right", targetHandle: "right-in" },
  left: { sourceHandle: "left", targetHandle: "left-in" },
};

interface Props {
  drawing: Drawing;
  path: Path;
}

export function Graph({ drawing, path }: Props) {
  const nodes = useMemo(() => nodesOf(drawing, path), [drawing, path]);
  const edges = useMemo(() => edgesOf(drawing, path), [drawing, path]);
  return (
    <div
      className={classes.graph}
      style={{ width: WIDTH, height: heightOf(drawing) + 4 }}
      role="img"
      aria-label={`The graph of the beat. ${spoken(path)}`}
    >
      <ReactFlow
        nodes={nodes}
        edges={edges}
        nodeTypes={TYPES}
        defaultViewport={{ x: 0, y: 2, zoom: 1 }}
        nodesDraggable={false}
        nodesConnectable={false}
        nodesFocusable={false}
        edgesFocusable={false}
        elementsSelectable={false}
        disableKeyboardA11y
        panOnDrag={false}
        panOnScroll={false}
        zoomOnScroll={false}
        zoomOnPinch={false}
        zoomOnDoubleClick={false}
        preventScrolling={false}
        proOptions={{ hideAttribution: true }}
      />
    </div>
  );
}

function spoken({ steps }: Path): string {
  return steps
    .filter((step) => step.state !== "not_reached" && step.state !== "unknown")
    .map((step) => `${nameOf(step.node)}: ${STATES[step.state].word}`)
    .join(", ");
}

function nodesOf(drawing: Drawing, path: Path): StepNode[] {
  return places(drawing).map(({ node, x, y }) => {
    const step = path.steps.find((each) => each.node === node);
    return {
      id: node,
      type: "step",
      position: { x, y },
      ...NODE,
      data: { step: step ?? { node, state: "unknown", times: 0, found: null, at: null } },
    };
  });
}

function edgesOf(drawing: Drawing, path: Path): Edge[] {
  const drawn = waysOf(drawing).map(({ id, source, target, side, offset }): Edge => {
    const taken = path.ways.has(id);
    const colour = taken ? "var(--mantine-color-anchor)" : "var(--way)";
    return {
      id,
      source,
      target,
      type: "smoothstep",
      ...HANDLES[side],
      pathOptions: { offset, borderRadius: 8 },
      className: taken ? classes.taken : classes.open,
      style: { stroke: colour },
      markerEnd: { type: MarkerType.ArrowClosed, color: colour, width: 14, height: 14 },
      zIndex: taken ? 1 : 0,
    } as Edge;
  });
  // Edges that were taken are drawn above the others.
  return drawn.sort((one, other) => (one.zIndex ?? 0) - (other.zIndex ?? 0));
}

function StepBox({ data: { step } }: NodeProps<StepNode>) {
  const { word, icon: Shape } = STATES[step.state];
  return (
    <div className={classes.step} data-state={step.state}>
      <Handle id="top" type="target" position={Position.Top} />
      <Handle id="left-in" type="target" position={Position.Left} />
      <Handle id="right-in" type="target" position={Position.Right} />
      <div className={classes.name}>
        <Shape size={16} aria-hidden className={step.state === "running" ? classes.turning : undefined} />
        <span>{nameOf(step.node)}</span>
        <span className={classes.word}>{step.times > 1 ? `${word}, ${step.times} times` : word}</span>
      </div>
      <div className={classes.found}>{step.found === null ? "" : asWritten(step.found)}</div>
      <Handle id="bottom" type="source" position={Position.Bottom} />
      <Handle id="left" type="source" position={Position.Left} />
      <Handle id="right" type="source" position={Position.Right} />
    </div>
  );
}
