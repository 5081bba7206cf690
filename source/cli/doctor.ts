/** `handrail doctor`: what is not as it should be, and what can be done about it. */

import type { Diagnosis, DoctorFinding } from '../contract/doctor.ts';
import { type ExitStatus, exitStatus } from '../contract/exit-status.ts';
import { NOTHING_FOUND, toDo } from '../presentation/doctor.ts';
import { escapeControl } from '../text/escape.ts';
import { type CommonOptions, createOutput, refuse, withSession } from './context.ts';

export async function doctor(options: CommonOptions): Promise<ExitStatus> {
  const output = createOutput(options);
  return withSession(options, output, { inspect: 'before' }, async (session) => {
    const reply = await session.diagnose();
    if (!reply.ok) return refuse(output, reply.problem);
    const { findings } = reply.value;
    output.say(describeDiagnosis(reply.value));
    output.answer({ outcome: 'diagnosed', findings });
    const harmful = findings.some(({ severity }) => severity === 'hazard');
    return harmful ? exitStatus.no : exitStatus.done;
  });
}

function describeDiagnosis({ findings }: Diagnosis): string {
  return findings.length === 0 ? NOTHING_FOUND : findings.map(describeFinding).join('\n\n');
}

function describeFinding({ severity, what, why, facts, remedies }: DoctorFinding): string {
  const lines = [
    `${severity}: ${what}`,
    `  ${why}`,
    ...facts.map((fact) => `  · ${fact}`),
    ...remedies.flatMap((remedy, index) => [
      `  ${index + 1}. ${remedy.title}`,
      ...toDo(remedy).map((each) => `       ${each}`),
    ]),
  ];
  return lines.map((line) => escapeControl(line)).join('\n');
}
