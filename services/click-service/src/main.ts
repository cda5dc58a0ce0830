import { bootstrap } from '@clickjoin/service-kit';
import { clickService } from './click-service';

void bootstrap(clickService);
