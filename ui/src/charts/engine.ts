/** ECharts with the parts that are drawn and nothing else. A chunk of its own: only `Chart` loads it. */
import { BarChart } from "echarts/charts";
import { AriaComponent, GridComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([BarChart, GridComponent, TooltipComponent, AriaComponent, SVGRenderer]);

export { init };
