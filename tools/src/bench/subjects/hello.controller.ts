import { Controller, Get } from '@nestjs/common';

/** The trivial route that every subject serves: what is left of a request is the framework and its telemetry. */
@Controller()
export class HelloController {
  @Get('hello/:name')
  hello(): { hello: string } {
    return { hello: 'world' };
  }
}
